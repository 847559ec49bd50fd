-- Ends a turn: inbox, history, reply, lease. A reply is *handed* to the web request that waits for
-- it and stays in the follower's list `handed` until that request says that it is *shown*. `turn`
-- is '' where nothing is remembered; `session_s` is how long history is kept without consent;
-- `replies` is what the names of replies begin with. A `question` that nothing answered goes to the
-- owner's list, where consent is asked for only with it; '' is none. Returns stale, more (the user has another
-- message) or done.
-- KEYS lease, inbox, history, reply_key, seen, waiter_key, unread, outbox, attempts, last,
-- KEYS handed, active, queued, due, undelivered, consent, counters, questions
-- ARGV token, id, reply, turn, history_bytes, history_s, can_send, outgoing, user, lease_ms,
-- ARGV wake_prefix, member, session_s, replies, question, questions_of_one
-- ARGV questions_limit, questions_s, needs_consent
-- WITH now, records, leave, bounded

if redis.call('GET', lease) ~= token then return 'stale' end
local head = redis.call('LINDEX', inbox, 0)
if not head or name_of(head) ~= id then return 'stale' end
redis.call('LPOP', inbox)
redis.call('DECR', queued)
redis.call('HINCRBY', counters, 'turns', 1)
redis.call('HDEL', attempts, id)
redis.call('SET', reply_key, reply, 'EX', 3600)
redis.call('SET', seen, 'done', 'EX', 3600)
if turn ~= '' then
  redis.call('RPUSH', history, turn)
  local turns = redis.call('LRANGE', history, 0, -1)
  local bytes = 0
  for i = #turns, 1, -1 do
    bytes = bytes + #turns[i]
    if bytes > tonumber(history_bytes) and i < #turns then
      redis.call('LTRIM', history, i, -1)
      break
    end
  end
  local keep = redis.call('EXISTS', consent) == 1 and history_s or session_s
  redis.call('EXPIRE', history, keep)
  redis.call('SET', last, id, 'EX', keep)
end
if question ~= '' and (needs_consent == '0' or redis.call('EXISTS', consent) == 1) then
  push_bounded(questions, question, user, questions_of_one, questions_limit, questions_s)
end
local waiter = redis.call('GET', waiter_key)
if waiter then
  redis.call('RPUSH', handed, id)
  redis.call('EXPIRE', handed, 3600)
  redis.call('RPUSH', wake_prefix .. waiter, member)
  redis.call('EXPIRE', wake_prefix .. waiter, 30)
  redis.call('ZADD', undelivered, now + 15000, user .. '|' .. id)
else
  local way = {can_send = can_send, outbox = outbox, due = due, unread = unread,
    handed = handed, undelivered = undelivered, user = user, replies = replies}
  flush(way, '')
  leave(way, id, outgoing)
end
redis.call('DEL', lease)
if redis.call('LLEN', inbox) > 0 then
  redis.call('ZADD', active, now + lease_ms, user)
  return 'more'
end
redis.call('ZREM', active, user)
return 'done'
