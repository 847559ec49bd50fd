-- Admission check of a push. A signature says nothing of the message beside it, so it is tied to
-- the first one: a retry of the platform has both alike, a stranger's copy has not. Where another
-- key than `own_key` ('' where settings give it) hashes followers, nothing is done and it is
-- returned. Returns replayed, suspended, consented, paused, and
-- whether a person has the follower's conversation.
-- KEYS suspended, consent, paused, id_key, handover, *signatures
-- ARGV carried, keep_s, own_key
-- WITH now, handover

if own_key ~= '' and not redis.call('SET', id_key, own_key, 'NX') then
  local stands = redis.call('GET', id_key)
  if stands ~= own_key then return {stands} end
end
local replayed = 0
for _, signature in ipairs(signatures) do
  local came = redis.call('GET', signature)
  if came and came ~= carried then replayed = 1 end
end
if replayed == 0 then
  for _, signature in ipairs(signatures) do
    redis.call('SET', signature, carried, 'NX', 'EX', keep_s)
  end
end
return {replayed, redis.call('EXISTS', suspended), redis.call('EXISTS', consent),
  redis.call('EXISTS', paused), taken_over(handover) and 1 or 0}
