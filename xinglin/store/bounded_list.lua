-- Puts an entry in front of a list for the operator.
-- KEYS list
-- ARGV entry, owner, limit_of_one, limit, keep_s
-- WITH bounded

push_bounded(list, entry, owner, limit_of_one, limit, keep_s)
