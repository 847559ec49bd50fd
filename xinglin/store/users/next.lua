-- Gives what 继续 shows, without taking it: kind, record, and what tells it from another. `replies`
-- is what the names of replies begin with.
-- KEYS given_key, page_key, unread, inbox, outbox
-- ARGV replies

local given = redis.call('GET', given_key)
if given and given ~= '' then return {'given', given, ''} end
local page = redis.call('GET', page_key)
if page then return {'page', page, ''} end
for _, id in ipairs(redis.call('LRANGE', unread, 0, -1)) do
  local reply = redis.call('GET', replies .. id)
  if reply then return {'reply', reply, id} end
  redis.call('LPOP', unread)
end
if redis.call('LLEN', inbox) + redis.call('LLEN', outbox) > 0 then return {'pending', '', ''} end
return {'nothing', '', ''}
