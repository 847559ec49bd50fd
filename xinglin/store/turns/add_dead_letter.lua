-- Keeps the head of an inbox for the operator; 0 when it is another's by now.
-- KEYS lease, inbox, dead
-- ARGV token, id, keep_s
-- WITH records

if redis.call('GET', lease) ~= token then return 0 end
local head = redis.call('LINDEX', inbox, 0)
if not head or name_of(head) ~= id then return 0 end
redis.call('SET', dead, head, 'EX', keep_s)
return 1
