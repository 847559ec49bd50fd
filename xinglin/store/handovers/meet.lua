-- A follower's message meets a hand-over: `wants` is 'person' (begins one), 'bot' (ends it) or ''.
-- What it did is kept in `mark`, so that a retry of the message does nothing and gets the same. A
-- message that the bot has accepted before (`seen`) stays the bot's, unless that is why a person is
-- wanted (`of_a_question`). `entry` is what was written, and is kept where the follower consented. The
-- rest of an earlier reply (`page`) goes, or a tap would bring it instead of the person's words.
-- Returns what it did, the state after it, and whether what is written is kept.
-- KEYS handover, said, mark, seen, consent, unread, page, due, waiting, counters
-- ARGV wants, user, openid, reason, platform, timeout_ms, entry, consent_off, said_s, mark_s, late_ms,
-- ARGV of_a_question
-- WITH now, handover

local keeps = (consent_off == '1' or redis.call('EXISTS', consent) == 1) and 1 or 0
local known = redis.call('GET', mark)
if known then return {known, redis.call('HGET', handover, 'state') or '', keeps} end
if of_a_question ~= '1' and redis.call('EXISTS', seen) == 1 then return {'theirs', '', keeps} end
local state = redis.call('HGET', handover, 'state')
local held = taken_over(handover)
local did
local function wait_from_now(kind)
  redis.call('HSET', handover, 'state', kind, 'since', now, 'until', now + timeout_ms)
  redis.call('PEXPIRE', handover, timeout_ms + late_ms)
  redis.call('ZADD', due, now + timeout_ms, user)
  if kind == 'waiting' then redis.call('ZADD', waiting, now, user) end
end
if wants == 'bot' then
  did = held and 'ended' or 'none'
  if held then
    redis.call('HINCRBY', counters, 'handovers_returned', 1)
    drop_handover(handover, said, due, waiting, user)
  end
elseif held then
  did = wants == 'person' and 'again' or 'noted'
  if state == 'answered' then wait_from_now('waiting') end
  if did == 'noted' and redis.call('LLEN', unread) > 0 then did = 'collect' end
elseif wants == 'person' then
  did = 'started'
  if state == 'waiting' then redis.call('HINCRBY', counters, 'handovers_timed_out', 1) end
  redis.call('HSET', handover, 'reason', reason, 'openid', openid)
  wait_from_now(platform == '1' and 'platform' or 'waiting')
  redis.call('HINCRBY', counters, 'handovers_started', 1)
  redis.call('DEL', page)
else
  return {'gone', '', keeps}
end
redis.call('SET', mark, did, 'EX', mark_s)
if entry ~= '' and keeps == 1 and wants ~= 'bot' then
  redis.call('RPUSH', said, entry)
  redis.call('LTRIM', said, -50, -1)
  redis.call('EXPIRE', said, said_s)
end
return {did, redis.call('HGET', handover, 'state') or '', keeps}
