-- The deadline passed: the reply if it may be shown at this very moment. If it may not, since
-- others that are on their way must come first, it leaves behind them; if it is not there, nobody
-- waits any more.
-- KEYS reply_key, waiter_key, handed_key, outbox, due, unread, undelivered
-- ARGV process, id, can_send, user, replies
-- WITH now, records, leave, before

if redis.call('GET', waiter_key) == process then redis.call('DEL', waiter_key) end
local reply = redis.call('GET', reply_key)
if not reply then return '' end
local handed, queued, failing = before(handed_key, outbox, id)
if can_send == '0' or failing == 1 or handed + queued == 0 then return reply end
flush({can_send = can_send, outbox = outbox, due = due, unread = unread, handed = handed_key,
  undelivered = undelivered, user = user, replies = replies}, id)
return ''
