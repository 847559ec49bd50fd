-- Keeps the drafts of a reply until its vote, of a follower who agreed and whose turn this still is.
-- KEYS consent, lease, drafts
-- ARGV token, record, keep_s

if redis.call('EXISTS', consent) == 0 or redis.call('GET', lease) ~= token then return 0 end
redis.call('SET', drafts, record, 'EX', keep_s)
return 1
