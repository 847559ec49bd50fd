-- Leases the user's oldest message. Returns what became of it: leased (by another), empty, or
-- turn, the record, its attempt, the time, the history and the id.
-- KEYS inbox, lease, active, attempts, queued, history
-- ARGV token, user, lease_ms
-- WITH now, records

if redis.call('EXISTS', lease) == 1 then return {'leased'} end
local head = redis.call('LINDEX', inbox, 0)
if not head then
  redis.call('ZREM', active, user)
  -- an inbox that expired unanswered was never counted down
  if redis.call('ZCARD', active) == 0 then redis.call('DEL', queued) end
  return {'empty'}
end
local id = name_of(head)
local attempt = redis.call('HINCRBY', attempts, id, 1)
redis.call('EXPIRE', attempts, 3600)
redis.call('SET', lease, token, 'PX', lease_ms)
redis.call('ZADD', active, now + lease_ms, user)
return {'turn', head, attempt, now, redis.call('LRANGE', history, 0, -1), id}
