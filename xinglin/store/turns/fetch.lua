-- Looks for a reply. Returns it, how many go before it by the outbox and by other requests, and
-- whether sending the first of them has failed before; 'gone' when it leaves, or left, another
-- way. Then the time, and when another reply was shown last.
-- KEYS reply_key, seen, outbox, handed_key, shown_key
-- ARGV id
-- WITH now, records, before

local last, at = string.match(redis.call('GET', shown_key) or '', '^(.*)|(%d+)$')
local shown = last ~= id and at and tonumber(at) or 0
local reply = redis.call('GET', reply_key)
if reply then
  local handed, queued, failing = before(handed_key, outbox, id)
  return {reply, handed + queued, failing, now, shown}
end
if redis.call('GET', seen) == 'done' then return {'gone', 0, 0, now, shown} end
return {'', 0, 0, now, shown}
