-- Takes a message in: a retry is known by its id (`seen`), any other goes into its user's inbox, with
-- a deadline by which somebody must have looked after it. `record` is a JSON object that gets `at` in front; an amount
-- of 0 is no limit. Returns state, whether a job is needed, and for a rate in how many ms the next
-- one fits.
-- KEYS seen, inbox, active, queued, waiter, user_rate, account_rate, ready, jobs, lease
-- ARGV record, user, user_limit, total_limit, lease_ms, wait_ms, process, user_amount,
-- ARGV user_window, account_amount, account_window
-- WITH now, records, rate

if tonumber(wait_ms) > 0 then redis.call('SET', waiter, process, 'PX', wait_ms) end
if redis.call('EXISTS', seen) == 1 then return {'duplicate', 0} end
if redis.call('LLEN', inbox) >= tonumber(user_limit) then
  redis.call('DEL', waiter)
  return {'user_full', 0}
end
if tonumber(redis.call('GET', queued) or '0') >= tonumber(total_limit) then
  redis.call('DEL', waiter)
  return {'total_full', 0}
end
user_amount, user_window = tonumber(user_amount), tonumber(user_window)
account_amount, account_window = tonumber(account_amount), tonumber(account_window)
local wait = room(user_rate, user_amount, user_window)
if wait > 0 then
  redis.call('DEL', waiter)
  return {'user_rate', 0, wait}
end
wait = room(account_rate, account_amount, account_window)
if wait > 0 then
  redis.call('DEL', waiter)
  return {'account_rate', 0, wait}
end
spend(user_rate, user_amount, user_window)
spend(account_rate, account_amount, account_window)
redis.call('SET', seen, 'pending', 'EX', 3600)
-- Two messages that came at once may be taken in the wrong way round: those that the follower wrote
-- later, and whose turn has not begun, come behind this one.
local mine = cjson.decode(record)
local behind
for i = redis.call('LLEN', inbox) - 1, redis.call('EXISTS', lease), -1 do
  local other = redis.call('LINDEX', inbox, i)
  local theirs = fields(other)
  local sent, came = number(theirs['sent']), number(theirs['came'])
  if sent < mine.sent or (sent == mine.sent and came <= mine.came) then break end
  behind = other
end
record = string.format('{"at": %.0f, ', now) .. string.sub(record, 2)
if behind then
  redis.call('LINSERT', inbox, 'BEFORE', behind, record)
else
  redis.call('RPUSH', inbox, record)
end
redis.call('EXPIRE', inbox, 3600)
redis.call('INCR', queued)
if redis.call('ZADD', active, 'NX', now + lease_ms, user) == 0 then return {'new', 0} end
redis.call('RPUSH', ready, user)
return {'new', redis.call('LLEN', jobs) == 0 and 1 or 0}
