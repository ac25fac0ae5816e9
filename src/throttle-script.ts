/**
 * One admission, atomic for all processes. The clock is Redis's own: those of the workers differ.
 *
 * KEYS[1] the pause of the account, KEYS[2] its leases, KEYS[3…] the paces still to be passed, in order.
 * ARGV[1] how long the caller would wait, ARGV[2] how many leases there may be (0: any number), ARGV[3] how long one
 * lasts, ARGV[4] the caller's lease, ARGV[5…] for each pace its interval and its tolerance. All times in microseconds.
 *
 * A pace is one number, the theoretical arrival time: when the next request would come if all came evenly. Each pace is
 * charged for the time at which the request passes it, never for one that lies behind another wait: a busy account must
 * not push the application's pace ahead of everybody else's. So the first pace that has to be waited for is reserved,
 * and the caller comes back at that time for the rest. What is refused reserves nothing more; but what it passed before
 * that, while it waited, stays charged: who came behind it has been told a time that counts it.
 *
 * Answers {'go'}, {'wait', microseconds, paces passed}, {'busy'} (no lease is free) or {'refused', microseconds}.
 */
export const admission = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local patience, slots, leaseUs = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function arrival(i)
  return math.max(now, tonumber(redis.call('GET', KEYS[i]) or '0'))
end
local function pace(i)
  return tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
end

local paused = math.max(0, redis.call('PTTL', KEYS[1])) * 1000
local longest = paused
for i = 3, #KEYS do
  local _, tolerance = pace(i)
  longest = math.max(longest, arrival(i) - tolerance - now)
end
if longest > patience then return {'refused', math.ceil(longest)} end
if paused > 0 then return {'wait', paused, 0} end

if slots > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= slots then return {'busy'} end
end

for i = 3, #KEYS do
  local interval, tolerance = pace(i)
  local expected = arrival(i)
  local start = math.max(now, expected - tolerance)
  local following = expected + interval
  -- Not by tostring: it keeps 14 digits, and the time alone has 16.
  redis.call('SET', KEYS[i], string.format('%.3f', following), 'PX', math.ceil((following - now) / 1000))
  if start > now then return {'wait', math.ceil(start - now), i - 2} end
end

if slots > 0 then
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + leaseUs), ARGV[4])
  redis.call('PEXPIRE', KEYS[2], math.ceil(leaseUs / 1000))
end
return {'go'}
`;

/** KEYS[1] the pause, ARGV[1] its length in milliseconds. One that lasts longer already stands. */
export const pausing = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
`;

/**
 * KEYS[1] an account's leases, ARGV[1] how long one lasts from now on, in microseconds, ARGV[2…] those that are still
 * held. One that has run out stays so.
 */
export const renewal = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local leaseUs = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + leaseUs), ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], math.ceil(leaseUs / 1000))
`;
