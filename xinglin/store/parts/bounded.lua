-- Puts an entry in front of a list that is bounded: in all, and for each follower. An entry pushes
-- out an older one of the same user, once there are enough of that. A full list lets go of the
-- oldest entry of whoever has most in it, so that nobody can push out the others'. `owner` is ''
-- where there is none.

local function user_of(row) return string.match(row, '"user": "(%x+)"') or '' end
local function push_bounded(list, entry, owner, limit_of_one, limit, keep_s)
  local rows = redis.call('LRANGE', list, 0, -1)
  local of, oldest = {}, {}
  for i, row in ipairs(rows) do
    local user = user_of(row)
    of[user], oldest[user] = (of[user] or 0) + 1, i
  end
  local gone
  if owner ~= '' and (of[owner] or 0) >= tonumber(limit_of_one) then
    gone = oldest[owner]
  elseif #rows >= tonumber(limit) then
    local most = 0
    for user, n in pairs(of) do
      if n > most or (n == most and oldest[user] > gone) then most, gone = n, oldest[user] end
    end
  end
  if gone then redis.call('LREM', list, -1, rows[gone]) end
  redis.call('LPUSH', list, entry)
  redis.call('EXPIRE', list, keep_s)
end
