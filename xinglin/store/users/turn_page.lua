-- Takes what `next.lua` found and keeps the answer, or returns the one that another copy of the
-- tap got; '' when something else comes next by now. `next_page` is '' where nothing is left.
-- KEYS given_key, page_key, unread, handed, undelivered, untold
-- ARGV kind, mark, answer, next_page, page_s, keep_s, member

local given = redis.call('GET', given_key)
if given and given ~= '' then return given end
local page = redis.call('GET', page_key)
if kind == 'page' then
  if page ~= mark then return '' end
  redis.call('DEL', page_key)
elseif kind == 'reply' then
  if page or redis.call('LINDEX', unread, 0) ~= mark then return '' end
  redis.call('LPOP', unread)
  redis.call('LREM', handed, 0, mark)
  redis.call('ZREM', undelivered, member)
end
redis.call('DEL', untold)
if next_page ~= '' then redis.call('SET', page_key, next_page, 'EX', page_s) end
redis.call('SET', given_key, answer, 'EX', keep_s)
return answer
