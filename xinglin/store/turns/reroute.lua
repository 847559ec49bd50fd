-- The waiter never took the reply: it leaves another way. Returns how many left.
-- KEYS reply_key, handed, outbox, due, unread, undelivered
-- ARGV member, id, can_send, user, replies
-- WITH now, records, leave

if redis.call('ZREM', undelivered, member) == 0 then return 0 end
local way = {can_send = can_send, outbox = outbox, due = due, unread = unread,
  handed = handed, undelivered = undelivered, user = user, replies = replies}
for _, other in ipairs(redis.call('LRANGE', handed, 0, -1)) do
  if other == id then return flush(way, id) end
end
local reply = redis.call('GET', reply_key)
if not reply then return 0 end
leave(way, id, outbox_record(id, reply))
return 1
