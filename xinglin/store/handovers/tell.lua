-- The person's side of a hand-over, `what` of: 'answered' by a person; 'returned' to the bot by one; or
-- 'overdue', when nobody came in time: then it is 'missed' and can still be answered for `late_ms`, or
-- ends where the last word was the person's. `reply` and `outgoing` are what the follower is told, ''
-- for nothing; it leaves by the outbox, or waits for the follower's tap. Returns what became of it:
-- answered, returned, missed, ended, known (the answer was given before) or gone.
-- KEYS handover, said, mark, consent, reply_key, outbox, outbox_due, unread, untold, handed,
-- KEYS undelivered, due, waiting, counters
-- ARGV what, user, id, can_send, reply, outgoing, entry, consent_off, timeout_ms, late_ms, said_s,
-- ARGV keep_s, replies
-- WITH now, records, leave, handover

local state = redis.call('HGET', handover, 'state')
if redis.call('EXISTS', mark) == 1 then return 'known' end
if not state then
  redis.call('ZREM', due, user)
  redis.call('ZREM', waiting, user)
  return 'gone'
end
local function count(name) redis.call('HINCRBY', counters, 'handovers_' .. name, 1) end
local outcome = what
if what == 'overdue' then
  if (tonumber(redis.call('HGET', handover, 'until')) or 0) > now then return 'gone' end
  if state == 'waiting' then
    outcome = 'missed'
    count('timed_out')
    redis.call('HSET', handover, 'state', 'missed', 'until', now + late_ms)
    redis.call('ZADD', due, now + late_ms, user)
  else
    outcome = 'ended'
    drop_handover(handover, said, due, waiting, user)
  end
elseif what == 'returned' then
  count('returned')
  drop_handover(handover, said, due, waiting, user)
else
  if redis.call('ZREM', waiting, user) == 1 then count('answered') end
  redis.call('HSET', handover, 'state', 'answered', 'until', now + timeout_ms)
  redis.call('PEXPIRE', handover, timeout_ms + late_ms)
  redis.call('ZADD', due, now + timeout_ms, user)
  local keeps = consent_off == '1' or redis.call('EXISTS', consent) == 1
  if entry ~= '' and keeps then
    redis.call('RPUSH', said, entry)
    redis.call('LTRIM', said, -50, -1)
    redis.call('EXPIRE', said, said_s)
  end
end
if reply == '' or outcome == 'ended' then return outcome end
redis.call('SET', mark, outcome, 'EX', keep_s)
redis.call('SET', reply_key, reply, 'EX', keep_s)
local way = {can_send = can_send, outbox = outbox, due = outbox_due, unread = unread,
  handed = handed, undelivered = undelivered, user = user, replies = replies}
leave(way, id, outgoing)
if can_send ~= '1' then
  redis.call('EXPIRE', unread, keep_s)
  redis.call('SET', untold, '1', 'EX', keep_s)
end
return outcome
