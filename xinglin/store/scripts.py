"""The Lua scripts: each one is a step that happens wholly or not at all.

Times are milliseconds of Redis' own clock. A reply's way to the follower: `delivery_scripts.py`.
"""

from __future__ import annotations

NOW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""

# A record of another version, or a damaged one, must not stop the step that comes across it.
# `name_of` names what has no id by its content, so that its tries can be counted and it can be
# put aside.
READ = """
local function fields(raw)
  local ok, found = pcall(cjson.decode, raw)
  if ok and type(found) == 'table' then return found end
  return {}
end
local function number(value) return type(value) == 'number' and value or 0 end
local function name_of(raw)
  local id = fields(raw)['id']
  if type(id) == 'string' and id ~= '' then return id end
  return 'unreadable:' .. redis.sha1hex(raw)
end
"""

# Sliding window counter: this window's count, and the part of the last one still in sight.
# `room` returns 0, or in how many ms one more will fit; `spend` counts one.
_RATE = """
local function counts(key, window)
  local at = math.floor(now / window)
  local row = redis.call('HMGET', key, 'at', 'n', 'before')
  local kept, n, before = tonumber(row[1] or '-2'), tonumber(row[2] or '0'), tonumber(row[3] or '0')
  if kept == at then return at, n, before end
  if kept == at - 1 then return at, 0, n end
  return at, 0, 0
end
local function room(key, amount, window)
  if amount == 0 then return 0 end
  local at, n, before = counts(key, window)
  local passed = now - at * window
  if n + 1 + before * (1 - passed / window) <= amount then return 0 end
  if n + 1 <= amount then
    return math.ceil(window * (1 - (amount - 1 - n) / before) - passed)
  end
  return math.ceil(window - passed + math.max(0, window * (1 - (amount - 1) / n)))
end
local function spend(key, amount, window)
  if amount == 0 then return end
  local at, n, before = counts(key, window)
  redis.call('HSET', key, 'at', at, 'n', n + 1, 'before', before)
  redis.call('PEXPIRE', key, 2 * window)
end
"""

# KEYS 1 suspended, 2 consent, 3 paused, 4 key that followers are hashed with,
#   5 ... every signature that was verified
# ARGV 1 what they came with, 2 seconds to keep, 3 our key 4 ('' where settings give it)
# Where key 4 is another than ours, nothing is done and it is returned.
# A signature says nothing of the message beside it, so it is tied to the first one: a retry of the
# platform has both alike, a stranger's copy has not.
ADMIT = """
if ARGV[3] ~= '' and not redis.call('SET', KEYS[4], ARGV[3], 'NX') then
  local stands = redis.call('GET', KEYS[4])
  if stands ~= ARGV[3] then return {stands} end
end
local replayed = 0
for i = 5, #KEYS do
  local came = redis.call('GET', KEYS[i])
  if came and came ~= ARGV[1] then replayed = 1 end
end
if replayed == 0 then
  for i = 5, #KEYS do redis.call('SET', KEYS[i], ARGV[1], 'NX', 'EX', ARGV[2]) end
end
return {replayed, redis.call('EXISTS', KEYS[1]), redis.call('EXISTS', KEYS[2]),
  redis.call('EXISTS', KEYS[3])}
"""

# KEYS 1 seen, 2 inbox, 3 active, 4 queued, 5 wait, 6 user rate, 7 account rate, 8 ready,
#      9 the jobs in RQ's queue, 10 lease
# ARGV 1 record, a JSON object that gets `at` in front, 2 user, 3 user limit, 4 total limit,
#      5 lease ms, 6 wait ms, 7 web process,
#      8 user amount (0: any), 9 its window ms, 10 account amount, 11 its window ms
ACCEPT = (
    NOW
    + READ
    + _RATE
    + """
if tonumber(ARGV[6]) > 0 then redis.call('SET', KEYS[5], ARGV[7], 'PX', ARGV[6]) end
if redis.call('EXISTS', KEYS[1]) == 1 then return {'duplicate', 0} end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then
  redis.call('DEL', KEYS[5])
  return {'user_full', 0}
end
if tonumber(redis.call('GET', KEYS[4]) or '0') >= tonumber(ARGV[4]) then
  redis.call('DEL', KEYS[5])
  return {'total_full', 0}
end
local user_amount, user_window = tonumber(ARGV[8]), tonumber(ARGV[9])
local account_amount, account_window = tonumber(ARGV[10]), tonumber(ARGV[11])
local wait = room(KEYS[6], user_amount, user_window)
if wait > 0 then
  redis.call('DEL', KEYS[5])
  return {'user_rate', 0, wait}
end
wait = room(KEYS[7], account_amount, account_window)
if wait > 0 then
  redis.call('DEL', KEYS[5])
  return {'account_rate', 0, wait}
end
spend(KEYS[6], user_amount, user_window)
spend(KEYS[7], account_amount, account_window)
redis.call('SET', KEYS[1], 'pending', 'EX', 3600)
-- Two messages that came at once may be taken in the wrong way round: those that the follower wrote
-- later, and whose turn has not begun, come behind this one.
local mine = cjson.decode(ARGV[1])
local behind
for i = redis.call('LLEN', KEYS[2]) - 1, redis.call('EXISTS', KEYS[10]), -1 do
  local other = redis.call('LINDEX', KEYS[2], i)
  local theirs = fields(other)
  local sent, came = number(theirs['sent']), number(theirs['came'])
  if sent < mine.sent or (sent == mine.sent and came <= mine.came) then break end
  behind = other
end
local record = string.format('{"at": %.0f, ', now) .. string.sub(ARGV[1], 2)
if behind then
  redis.call('LINSERT', KEYS[2], 'BEFORE', behind, record)
else
  redis.call('RPUSH', KEYS[2], record)
end
redis.call('EXPIRE', KEYS[2], 3600)
redis.call('INCR', KEYS[4])
if redis.call('ZADD', KEYS[3], 'NX', now + ARGV[5], ARGV[2]) == 0 then return {'new', 0} end
redis.call('RPUSH', KEYS[8], ARGV[2])
return {'new', redis.call('LLEN', KEYS[9]) == 0 and 1 or 0}
"""
)

# KEYS 1 inbox, 2 lease, 3 active, 4 attempts, 5 queued, 6 history
# ARGV 1 token, 2 user, 3 lease ms
TAKE = (
    NOW
    + READ
    + """
if redis.call('EXISTS', KEYS[2]) == 1 then return {'leased'} end
local head = redis.call('LINDEX', KEYS[1], 0)
if not head then
  redis.call('ZREM', KEYS[3], ARGV[2])
  -- an inbox that expired unanswered was never counted down
  if redis.call('ZCARD', KEYS[3]) == 0 then redis.call('DEL', KEYS[5]) end
  return {'empty'}
end
local id = name_of(head)
local attempt = redis.call('HINCRBY', KEYS[4], id, 1)
redis.call('EXPIRE', KEYS[4], 3600)
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('ZADD', KEYS[3], now + ARGV[3], ARGV[2])
return {'turn', head, attempt, now, redis.call('LRANGE', KEYS[6], 0, -1), id}
"""
)

# KEYS 1 lease, 2 active;  ARGV 1 token, 2 user, 3 lease ms
RENEW = (
    NOW
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
return 1
"""
)

# KEYS 1 lease, 2 active;  ARGV 1 token, 2 user, 3 ms until it is looked at again
# Gives a turn back unanswered; its try counts. Until then nobody takes it, however often it rings.
RELEASE = (
    NOW
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'rests', 'PX', ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
return 1
"""
)

# KEYS 1 lease, 2 inbox, 3 dead;  ARGV 1 token, 2 message id, 3 seconds to keep
ADD_DEAD_LETTER = (
    READ
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local head = redis.call('LINDEX', KEYS[2], 0)
if not head or name_of(head) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[3], head, 'EX', ARGV[3])
return 1
"""
)

# KEYS 1 dead, 2 inbox, 3 attempts, 4 seen, 5 queued, 6 active;  ARGV 1 user, 2 id, 3 lease ms
REQUEUE = (
    NOW
    + """
if redis.call('GET', KEYS[4]) == 'pending' then return 'still_waiting' end
local record = redis.call('GET', KEYS[1])
if not record then return 'text_gone' end
record = string.gsub(record, '^{"at": %d+', string.format('{"at": %.0f', now), 1)
redis.call('RPUSH', KEYS[2], record)
redis.call('EXPIRE', KEYS[2], 3600)
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('SET', KEYS[4], 'pending', 'EX', 3600)
redis.call('INCR', KEYS[5])
redis.call('ZADD', KEYS[6], 'NX', now + ARGV[3], ARGV[1])
redis.call('DEL', KEYS[1])
return 'queued'
"""
)

# KEYS 1 inbox, 2 queued;  ARGV every other key of the user is deleted by the caller's list
ERASE_INBOX = """
local n = redis.call('LLEN', KEYS[1])
if n > 0 then redis.call('DECRBY', KEYS[2], n) end
redis.call('DEL', KEYS[1])
return n
"""

# KEYS 1 outbox due, 2 outbox, 3 lock, 4 sending;  ARGV 1 token, 2 user, 3 lock ms
CLAIM_SEND = (
    NOW
    + READ
    + """
local due = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not due or tonumber(due) > now then return {} end
if not redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[3]) then return {} end
local head = redis.call('LINDEX', KEYS[2], 0)
if not head then
  redis.call('ZREM', KEYS[1], ARGV[2])
  redis.call('DEL', KEYS[3])
  return {}
end
local interrupted = redis.call('GET', KEYS[4]) or ''
local id = name_of(head)
redis.call('SET', KEYS[4], id, 'EX', 300)
return {head, interrupted, id}
"""
)

# KEYS 1 lock;  ARGV 1 token, 2 lock ms
RENEW_SEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# KEYS 1 outbox due, 2 outbox, 3 lock, 4 sending, 5 reply, 6 unread, 7 untold
# ARGV 1 token, 2 user, 3 reply id, 4 reply, 5 seconds to keep it
# The platform will not take the head: it waits for the follower's tap, who is told of it.
KEEP_FOR_TAP = (
    NOW
    + """
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
redis.call('LPOP', KEYS[2])
redis.call('SET', KEYS[5], ARGV[4], 'EX', ARGV[5])
redis.call('RPUSH', KEYS[6], ARGV[3])
redis.call('LTRIM', KEYS[6], -10, -1)
redis.call('EXPIRE', KEYS[6], ARGV[5])
redis.call('SET', KEYS[7], '1', 'EX', ARGV[5])
redis.call('DEL', KEYS[4])
if redis.call('LLEN', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[1], ARGV[2])
else
  redis.call('ZADD', KEYS[1], now, ARGV[2])
end
redis.call('DEL', KEYS[3])
return 1
"""
)

# KEYS 1 outbox due, 2 outbox, 3 lock, 4 sending
# ARGV 1 token, 2 user, 3 new head or '' to drop it, 4 ms until the next try
FINISH_SEND = (
    NOW
    + """
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('LPOP', KEYS[2]) else redis.call('LSET', KEYS[2], 0, ARGV[3]) end
redis.call('DEL', KEYS[4])
if redis.call('LLEN', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[1], ARGV[2])
else
  redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[2])
end
redis.call('DEL', KEYS[3])
return 1
"""
)
