-- Sliding window counter: this window's count, and the part of the last one still in sight. `room`
-- returns 0, or in how many ms one more will fit; `spend` counts one. Needs `now`.

local function counts(key, window)
  local at = math.floor(now / window)
  local row = redis.call('HMGET', key, 'at', 'n', 'before')
  local kept, n, before = tonumber(row[1] or '-2'), tonumber(row[2] or '0'), tonumber(row[3] or '0')
  if kept == at then return at, n, before end
  if kept == at - 1 then return at, 0, n end
  return at, 0, 0
end
local function room(key, amount, window)
  if amount == 0 then return 0 end
  local at, n, before = counts(key, window)
  local passed = now - at * window
  if n + 1 + before * (1 - passed / window) <= amount then return 0 end
  if n + 1 <= amount then
    return math.ceil(window * (1 - (amount - 1 - n) / before) - passed)
  end
  return math.ceil(window - passed + math.max(0, window * (1 - (amount - 1) / n)))
end
local function spend(key, amount, window)
  if amount == 0 then return end
  local at, n, before = counts(key, window)
  redis.call('HSET', key, 'at', at, 'n', n + 1, 'before', before)
  redis.call('PEXPIRE', key, 2 * window)
end
