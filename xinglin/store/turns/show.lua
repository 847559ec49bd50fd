-- Notes that a reply is shown. Returns 1, or 2 when the follower is to be told of an answer that
-- could not be sent. Returns 0 when the reply leaves, or left, another way and must not be shown.
-- A Redis that was stopped may come to this long after the request was answered without the reply:
-- too late.
-- KEYS reply, handed, unread, undelivered, untold, shown
-- ARGV id, member, until_ms
-- WITH now

if now > tonumber(until_ms) then return 0 end
if redis.call('EXISTS', reply) == 0 then return 0 end
redis.call('LREM', handed, 0, id)
redis.call('LREM', unread, 0, id)
redis.call('ZREM', undelivered, member)
redis.call('SET', shown, id .. '|' .. string.format('%.0f', now), 'PX', 1000)
if redis.call('EXISTS', untold) == 1 then return 2 end
return 1
