-- A record of another version, or a damaged one, must not stop the step that comes across it.
-- `name_of` names what has no id by its content, so that its tries can be counted and it can be
-- put aside.

local function fields(raw)
  local ok, found = pcall(cjson.decode, raw)
  if ok and type(found) == 'table' then return found end
  return {}
end
local function number(value) return type(value) == 'number' and value or 0 end
local function name_of(raw)
  local id = fields(raw)['id']
  if type(id) == 'string' and id ~= '' then return id end
  return 'unreadable:' .. redis.sha1hex(raw)
end
