-- Makes a lease last; 0 when it was lost.
-- KEYS lease, active
-- ARGV token, user, lease_ms
-- WITH now

if redis.call('GET', lease) ~= token then return 0 end
redis.call('PEXPIRE', lease, lease_ms)
redis.call('ZADD', active, now + lease_ms, user)
return 1
