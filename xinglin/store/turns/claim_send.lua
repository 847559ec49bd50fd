-- Takes the head of an outbox for sending, and marks that a send begins. Returns the record, the
-- id of a send that was cut off, and the record's id; nothing when another has it.
-- KEYS due, outbox, lock, sending
-- ARGV token, user, lock_ms
-- WITH now, records

local at = redis.call('ZSCORE', due, user)
if not at or tonumber(at) > now then return {} end
if not redis.call('SET', lock, token, 'NX', 'PX', lock_ms) then return {} end
local head = redis.call('LINDEX', outbox, 0)
if not head then
  redis.call('ZREM', due, user)
  redis.call('DEL', lock)
  return {}
end
local interrupted = redis.call('GET', sending) or ''
local id = name_of(head)
redis.call('SET', sending, id, 'EX', 300)
return {head, interrupted, id}
