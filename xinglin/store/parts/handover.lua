-- `taken_over` tells whether a person has a conversation: the bot is back when the time is over, also
-- where nobody noted that yet. `drop_handover` forgets all of one. Needs `now`.

local function taken_over(handover)
  local found = redis.call('HMGET', handover, 'state', 'until')
  if not found[1] or found[1] == 'missed' then return false end
  return (tonumber(found[2]) or 0) > now
end
local function drop_handover(handover, said, due, waiting, user)
  redis.call('DEL', handover, said)
  redis.call('ZREM', due, user)
  redis.call('ZREM', waiting, user)
end
