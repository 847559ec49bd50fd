-- Ends a send: `new_head` replaces the head, '' drops it; the next try is due after `delay_ms`.
-- KEYS due, outbox, lock, sending
-- ARGV token, user, new_head, delay_ms
-- WITH now

if redis.call('GET', lock) ~= token then return 0 end
if new_head == '' then redis.call('LPOP', outbox) else redis.call('LSET', outbox, 0, new_head) end
redis.call('DEL', sending)
if redis.call('LLEN', outbox) == 0 then
  redis.call('ZREM', due, user)
else
  redis.call('ZADD', due, now + delay_ms, user)
end
redis.call('DEL', lock)
return 1
