-- Reads keys as they stand at one moment: of each that exists its name, type, expiry in ms of the
-- server's clock ('' for none) and value; no value for a type that no version of ours writes.
-- KEYS *names
-- WITH now

local readers = {
  string = function(key) return redis.call('GET', key) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  hash = function(key) return redis.call('HGETALL', key) end,
  set = function(key) return redis.call('SMEMBERS', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
}
local found = {}
for _, key in ipairs(names) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' then
    local left = redis.call('PTTL', key)
    local until_ms = left < 0 and '' or string.format('%.0f', now + left)
    local reader = readers[kind]
    found[#found + 1] = {key, kind, until_ms, reader and reader(key) or false}
  end
end
return found
