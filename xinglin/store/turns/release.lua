-- Gives a turn back unanswered; its try counts. Until it is looked at again nobody takes it, even
-- when it is queued.
-- KEYS lease, active
-- ARGV token, user, delay_ms
-- WITH now

if redis.call('GET', lease) ~= token then return 0 end
redis.call('SET', lease, 'rests', 'PX', delay_ms)
redis.call('ZADD', active, now + delay_ms, user)
return 1
