-- Makes the claim of a send last; 0 when it was lost.
-- KEYS lock
-- ARGV token, lock_ms

if redis.call('GET', lock) ~= token then return 0 end
return redis.call('PEXPIRE', lock, lock_ms)
