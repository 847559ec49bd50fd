-- Empties an inbox and counts its messages down; returns how many.
-- KEYS inbox, queued

local n = redis.call('LLEN', inbox)
if n > 0 then redis.call('DECRBY', queued, n) end
redis.call('DEL', inbox)
return n
