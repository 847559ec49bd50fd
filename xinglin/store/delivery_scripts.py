"""The Lua scripts of a reply's way to its follower, in the order in which replies were made.

A reply is *handed* to the web request that waits for it and stays in the follower's list `handed`
until that request says that it is *shown*. A reply that nobody waits for leaves another way: by
the outbox when the account may send, otherwise it is kept for the follower's tap; whatever was
handed before it, and not shown, leaves that way first. What is in the outbox is no longer there
for a retry of the platform, or the follower would read it twice.
"""

from __future__ import annotations

from xinglin.store.scripts import NOW, READ

# `way` holds the names of the keys, whether the account can send, the user, and what the names of
# replies begin with.
_LEAVE = (
    READ
    + """
local function leave(way, id, record)
  if way.can_send == '1' then
    redis.call('DEL', way.replies .. id)
    redis.call('RPUSH', way.outbox, record)
    redis.call('EXPIRE', way.outbox, 172800)
    redis.call('ZADD', way.due, 'NX', now, way.user)
  else
    redis.call('RPUSH', way.unread, id)
    redis.call('LTRIM', way.unread, -10, -1)
    redis.call('EXPIRE', way.unread, 3600)
  end
end
local function outbox_record(id, reply)
  local found = fields(reply)
  return cjson.encode({v = 1, id = id, openid = found['openid'],
    text = found['text'], generated = found['generated'], attempts = 0})
end
-- Lets what was handed and not shown leave, the oldest first, as far as `last` ('': all of it).
local function flush(way, last)
  local left = 0
  for _, id in ipairs(redis.call('LRANGE', way.handed, 0, -1)) do
    redis.call('LPOP', way.handed)
    redis.call('ZREM', way.undelivered, way.user .. '|' .. id)
    local reply = redis.call('GET', way.replies .. id)
    if reply then
      leave(way, id, outbox_record(id, reply))
      left = left + 1
    end
    if id == last then break end
  end
  return left
end
"""
)

# How many replies go before this one: `queued` in the outbox, `handed` to other requests. One that
# was shown, or left, is in no list any more and follows nobody.
_BEFORE = """
local function before(handed, outbox, id)
  local place = -1
  for i, other in ipairs(redis.call('LRANGE', handed, 0, -1)) do
    if other == id then place = i - 1 end
  end
  if place < 0 then return 0, 0, 0 end
  local head = redis.call('LINDEX', outbox, 0)
  local failing = 0
  if head and number(fields(head)['attempts']) > 0 then failing = 1 end
  return place, redis.call('LLEN', outbox), failing
end
"""

# KEYS 1 lease, 2 inbox, 3 history, 4 reply, 5 seen, 6 wait, 7 unread, 8 outbox, 9 attempts,
#      10 last, 11 handed, 12 active, 13 queued, 14 outbox due, 15 undelivered, 16 consent,
#      17 counters
# ARGV 1 token, 2 message id, 3 reply, 4 turn or '', 5 history bytes, 6 history seconds,
#      7 can send, 8 outbox record, 9 user, 10 lease ms, 11 wake prefix, 12 waiter's member,
#      13 history seconds without consent, 14 what the names of replies begin with
COMMIT = (
    NOW
    + _LEAVE
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'stale' end
local head = redis.call('LINDEX', KEYS[2], 0)
if not head or name_of(head) ~= ARGV[2] then return 'stale' end
redis.call('LPOP', KEYS[2])
redis.call('DECR', KEYS[13])
redis.call('HINCRBY', KEYS[17], 'turns', 1)
redis.call('HDEL', KEYS[9], ARGV[2])
redis.call('SET', KEYS[4], ARGV[3], 'EX', 3600)
redis.call('SET', KEYS[5], 'done', 'EX', 3600)
if ARGV[4] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[4])
  local turns = redis.call('LRANGE', KEYS[3], 0, -1)
  local bytes = 0
  for i = #turns, 1, -1 do
    bytes = bytes + #turns[i]
    if bytes > tonumber(ARGV[5]) and i < #turns then
      redis.call('LTRIM', KEYS[3], i, -1)
      break
    end
  end
  local keep = redis.call('EXISTS', KEYS[16]) == 1 and ARGV[6] or ARGV[13]
  redis.call('EXPIRE', KEYS[3], keep)
  redis.call('SET', KEYS[10], ARGV[2], 'EX', keep)
end
local waiter = redis.call('GET', KEYS[6])
if waiter then
  redis.call('RPUSH', KEYS[11], ARGV[2])
  redis.call('EXPIRE', KEYS[11], 3600)
  redis.call('RPUSH', ARGV[11] .. waiter, ARGV[12])
  redis.call('EXPIRE', ARGV[11] .. waiter, 30)
  redis.call('ZADD', KEYS[15], now + 15000, ARGV[9] .. '|' .. ARGV[2])
else
  local way = {can_send = ARGV[7], outbox = KEYS[8], due = KEYS[14], unread = KEYS[7],
    handed = KEYS[11], undelivered = KEYS[15], user = ARGV[9], replies = ARGV[14]}
  flush(way, '')
  leave(way, ARGV[2], ARGV[8])
end
redis.call('DEL', KEYS[1])
if redis.call('LLEN', KEYS[2]) > 0 then
  redis.call('ZADD', KEYS[12], now + ARGV[10], ARGV[9])
  return 'more'
end
redis.call('ZREM', KEYS[12], ARGV[9])
return 'done'
"""
)

# KEYS 1 reply, 2 seen, 3 outbox, 4 handed, 5 shown;  ARGV 1 message id
# Returns the reply, how many go before it by the outbox and by other requests, and whether sending
# the first of them has failed before; 'gone' when it leaves, or left, another way. Then the time,
# and when another reply was shown last.
FETCH = (
    NOW
    + READ
    + _BEFORE
    + """
local last, at = string.match(redis.call('GET', KEYS[5]) or '', '^(.*)|(%d+)$')
local shown = last ~= ARGV[1] and at and tonumber(at) or 0
local reply = redis.call('GET', KEYS[1])
if reply then
  local handed, queued, failing = before(KEYS[4], KEYS[3], ARGV[1])
  return {reply, handed + queued, failing, now, shown}
end
if redis.call('GET', KEYS[2]) == 'done' then return {'gone', 0, 0, now, shown} end
return {'', 0, 0, now, shown}
"""
)

# KEYS 1 reply, 2 handed, 3 unread, 4 undelivered, 5 untold, 6 shown
# ARGV 1 message id, 2 member, 3 until when (ms)
# Returns 1, or 2 when the follower is to be told of an answer that could not be sent. Returns 0
# when the reply leaves, or left, another way and must not be shown. A Redis that was stopped may
# come to this long after the request was answered without the reply: too late.
SHOW = (
    NOW
    + """
if now > tonumber(ARGV[3]) then return 0 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('LREM', KEYS[3], 0, ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('SET', KEYS[6], ARGV[1] .. '|' .. string.format('%.0f', now), 'PX', 1000)
if redis.call('EXISTS', KEYS[5]) == 1 then return 2 end
return 1
"""
)

# KEYS 1 reply, 2 wait, 3 handed, 4 outbox, 5 outbox due, 6 unread, 7 undelivered
# ARGV 1 web process, 2 message id, 3 can send, 4 user, 5 what the names of replies begin with
# The deadline passed: the reply if it may be shown at this very moment. If it may not, since
# others that are on their way must come first, it leaves behind them; if it is not there, nobody
# waits any more.
GIVE_UP = (
    NOW
    + _LEAVE
    + _BEFORE
    + """
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
local reply = redis.call('GET', KEYS[1])
if not reply then return '' end
local handed, queued, failing = before(KEYS[3], KEYS[4], ARGV[2])
if ARGV[3] == '0' or failing == 1 or handed + queued == 0 then return reply end
flush({can_send = ARGV[3], outbox = KEYS[4], due = KEYS[5], unread = KEYS[6], handed = KEYS[3],
  undelivered = KEYS[7], user = ARGV[4], replies = ARGV[5]}, ARGV[2])
return ''
"""
)

# KEYS 1 reply, 2 handed, 3 outbox, 4 outbox due, 5 unread, 6 undelivered
# ARGV 1 member, 2 message id, 3 can send, 4 user, 5 what the names of replies begin with
# The waiter never took the reply: it leaves another way. Returns how many left.
REROUTE = (
    NOW
    + _LEAVE
    + """
if redis.call('ZREM', KEYS[6], ARGV[1]) == 0 then return 0 end
local way = {can_send = ARGV[3], outbox = KEYS[3], due = KEYS[4], unread = KEYS[5],
  handed = KEYS[2], undelivered = KEYS[6], user = ARGV[4], replies = ARGV[5]}
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if id == ARGV[2] then return flush(way, id) end
end
local reply = redis.call('GET', KEYS[1])
if not reply then return 0 end
leave(way, ARGV[2], outbox_record(ARGV[2], reply))
return 1
"""
)

# KEYS 1 answer to this tap, 2 page, 3 unread, 4 inbox, 5 outbox
# ARGV 1 what the names of replies begin with
# What 继续 gives, without taking it: kind, record, and what tells it from another.
NEXT = """
local given = redis.call('GET', KEYS[1])
if given and given ~= '' then return {'given', given, ''} end
local page = redis.call('GET', KEYS[2])
if page then return {'page', page, ''} end
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do
  local reply = redis.call('GET', ARGV[1] .. id)
  if reply then return {'reply', reply, id} end
  redis.call('LPOP', KEYS[3])
end
if redis.call('LLEN', KEYS[4]) + redis.call('LLEN', KEYS[5]) > 0 then return {'pending', '', ''} end
return {'nothing', '', ''}
"""

# KEYS 1 answer to this tap, 2 page, 3 unread, 4 handed, 5 undelivered, 6 untold
# ARGV 1 kind, 2 what was found, 3 answer, 4 the next page or '', 5 seconds to keep it,
#      6 seconds to keep the answer, 7 member
# Takes what NEXT found and keeps the answer, or returns the one that another copy of the tap got;
# '' when something else comes next by now.
TURN_PAGE = """
local given = redis.call('GET', KEYS[1])
if given and given ~= '' then return given end
local page = redis.call('GET', KEYS[2])
if ARGV[1] == 'page' then
  if page ~= ARGV[2] then return '' end
  redis.call('DEL', KEYS[2])
elseif ARGV[1] == 'reply' then
  if page or redis.call('LINDEX', KEYS[3], 0) ~= ARGV[2] then return '' end
  redis.call('LPOP', KEYS[3])
  redis.call('LREM', KEYS[4], 0, ARGV[2])
  redis.call('ZREM', KEYS[5], ARGV[7])
end
redis.call('DEL', KEYS[6])
if ARGV[4] ~= '' then redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5]) end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[6])
return ARGV[3]
"""

# KEYS 1 mark of the message, 2 page;  ARGV 1 page, 2 seconds to keep it, 3 to keep the mark
# A retry of a message must not turn back pages that were turned since.
BEGIN_PAGES = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[3]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1
"""
