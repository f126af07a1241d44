"""Scripts: what the store does in one step, in Lua.

Lua is not rolled back, so each script reads every key it will write before it writes the first: a key of the wrong
type then stops it while nothing has changed.
"""

# A save that is sent again, because its answer was lost, is known by its token.
SAVE_READER = """
local revision = redis.call('HGET', KEYS[2], 'revision') or '0'
redis.call('HLEN', KEYS[1])
if redis.call('HGET', KEYS[2], 'token') == ARGV[4] then return 1 end
if revision ~= ARGV[1] then return 0 end
local n_gone = tonumber(ARGV[5])
for i = 6, 5 + n_gone do redis.call('HDEL', KEYS[1], ARGV[i]) end
for i = 6 + n_gone, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[2], 'revision', tonumber(revision) + 1, 'token', ARGV[4], 'packed', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
"""

# Whatever state the keys are in.
CLEAR_READER = """
local revision, n_said = 0, 0
if redis.call('TYPE', KEYS[2]).ok == 'hash' then
  revision = tonumber(redis.call('HGET', KEYS[2], 'revision') or '0') or 0
end
if redis.call('TYPE', KEYS[1]).ok == 'hash' then n_said = redis.call('HLEN', KEYS[1]) end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], 'revision', revision + 1)
redis.call('EXPIRE', KEYS[2], ARGV[1])
return n_said
"""

# The number of changes so far; where it was lost, the stream of changes still tells it.
_LAST_REVISION = """
local revision = tonumber(redis.call('GET', KEYS[3]) or '0')
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
if last then revision = math.max(revision, tonumber(string.match(last[1], '^%d+'))) end
local function tell(id)
  revision = revision + 1
  local written = string.format('%.0f', revision)
  redis.call('SET', KEYS[3], written)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], written .. '-0', 'id', id)
end
"""

PUT_EVENTS = (
    _LAST_REVISION
    + """
local answer = {}
for i = 2, #ARGV, 2 do
  local before = redis.call('HGET', KEYS[1], ARGV[i])
  if before == ARGV[i + 1] then
    answer[#answer + 1] = 'unchanged'
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    tell(ARGV[i])
    answer[#answer + 1] = before and 'replaced' or 'created'
  end
end
return answer
"""
)

DELETE_EVENT = (
    _LAST_REVISION
    + """
if redis.call('HDEL', KEYS[1], ARGV[2]) == 0 then return 0 end
tell(ARGV[2])
return 1
"""
)

SAVE_STATISTICS = """
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'revision', ARGV[3], 'packed', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""
