-- A reply leaves another way than by the request that waits for it: by the outbox when the account
-- may send, otherwise it is kept for the follower's tap; whatever was handed before it, and not
-- shown, leaves that way first. What is in the outbox is no longer there for a retry of the
-- platform, or the follower would read it twice. `way` holds the names of the keys, whether the
-- account can send, the user, and what the names of replies begin with. Needs `now`, `records`.

local function leave(way, id, record)
  if way.can_send == '1' then
    redis.call('DEL', way.replies .. id)
    redis.call('RPUSH', way.outbox, record)
    redis.call('EXPIRE', way.outbox, 172800)
    redis.call('ZADD', way.due, 'NX', now, way.user)
  else
    redis.call('RPUSH', way.unread, id)
    redis.call('LTRIM', way.unread, -10, -1)
    redis.call('EXPIRE', way.unread, 3600)
  end
end
local function outbox_record(id, reply)
  local found = fields(reply)
  return cjson.encode({v = 1, id = id, openid = found['openid'],
    text = found['text'], generated = found['generated'], attempts = 0})
end
-- Lets what was handed and not shown leave, the oldest first, as far as `last` ('': all of it).
local function flush(way, last)
  local left = 0
  for _, id in ipairs(redis.call('LRANGE', way.handed, 0, -1)) do
    redis.call('LPOP', way.handed)
    redis.call('ZREM', way.undelivered, way.user .. '|' .. id)
    local reply = redis.call('GET', way.replies .. id)
    if reply then
      leave(way, id, outbox_record(id, reply))
      left = left + 1
    end
    if id == last then break end
  end
  return left
end
