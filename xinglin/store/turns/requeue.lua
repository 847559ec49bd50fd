-- Puts a dead letter back at the end of its user's inbox, with all its tries.
-- KEYS dead, inbox, attempts, seen, queued, active
-- ARGV user, id, lease_ms
-- WITH now

if redis.call('GET', seen) == 'pending' then return 'still_waiting' end
local record = redis.call('GET', dead)
if not record then return 'text_gone' end
record = string.gsub(record, '^{"at": %d+', string.format('{"at": %.0f', now), 1)
redis.call('RPUSH', inbox, record)
redis.call('EXPIRE', inbox, 3600)
redis.call('HDEL', attempts, id)
redis.call('SET', seen, 'pending', 'EX', 3600)
redis.call('INCR', queued)
redis.call('ZADD', active, 'NX', now + lease_ms, user)
redis.call('DEL', dead)
return 'queued'
