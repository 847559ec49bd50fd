-- How many replies go before this one: `queued` in the outbox, `handed` to other requests. One
-- that was shown, or left, is in no list any more and follows nobody. Needs `records`.

local function before(handed, outbox, id)
  local place = -1
  for i, other in ipairs(redis.call('LRANGE', handed, 0, -1)) do
    if other == id then place = i - 1 end
  end
  if place < 0 then return 0, 0, 0 end
  local head = redis.call('LINDEX', outbox, 0)
  local failing = 0
  if head and number(fields(head)['attempts']) > 0 then failing = 1 end
  return place, redis.call('LLEN', outbox), failing
end
