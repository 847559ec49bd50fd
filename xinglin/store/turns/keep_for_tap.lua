-- The platform will not take the head: it waits for the follower's tap, who is told of it.
-- KEYS due, outbox, lock, sending, reply_key, unread, untold
-- ARGV token, user, id, reply, keep_s
-- WITH now

if redis.call('GET', lock) ~= token then return 0 end
redis.call('LPOP', outbox)
redis.call('SET', reply_key, reply, 'EX', keep_s)
redis.call('RPUSH', unread, id)
redis.call('LTRIM', unread, -10, -1)
redis.call('EXPIRE', unread, keep_s)
redis.call('SET', untold, '1', 'EX', keep_s)
redis.call('DEL', sending)
if redis.call('LLEN', outbox) == 0 then
  redis.call('ZREM', due, user)
else
  redis.call('ZADD', due, now, user)
end
redis.call('DEL', lock)
return 1
