-- Keeps the rest of a long answer, once: a retry of a message must not turn back pages that were
-- turned since.
-- KEYS paged, page
-- ARGV rest, page_s, keep_s

if not redis.call('SET', paged, '1', 'NX', 'EX', keep_s) then return 0 end
redis.call('SET', page, rest, 'EX', page_s)
return 1
