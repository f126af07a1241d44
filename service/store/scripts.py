"""Scripts: what the store does in one step, in Lua.

Lua is not rolled back, so each script reads every key it will write before it writes the first: a key of the wrong
type then stops it while nothing has changed.
"""

# A save that is sent again, because its answer was lost, is known by its token. Arguments: the token that the reader
# had when they were read, the new one, seconds to live, 1 where something is taken back; the number of fields and the
# fields with their values; the number of pages that are gone and these; the pages with their values. A field without a
# value is taken out. A full store refuses only the first write of a script, and none that takes out: so nobody is kept
# from taking something back.
SAVE_READER = """
local token = redis.call('HGET', KEYS[2], 'token') or ''
local revision = tonumber(redis.call('HGET', KEYS[2], 'revision') or '0')
redis.call('HLEN', KEYS[1])
if token == ARGV[2] then return revision end
if token ~= ARGV[1] then return 0 end
if ARGV[4] == '1' then redis.call('HDEL', KEYS[2], 'token') end
local at, n_fields = 6, tonumber(ARGV[5])
redis.call('HSET', KEYS[2], 'revision', revision + 1, 'token', ARGV[2])
for i = at, at + 2 * n_fields - 1, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[i])
  else redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
at = at + 2 * n_fields
local n_gone = tonumber(ARGV[at])
for i = at + 1, at + n_gone do redis.call('HDEL', KEYS[1], ARGV[i]) end
for i = at + n_gone + 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return revision + 1
"""

SAVE_PROFILE = """
if (redis.call('HGET', KEYS[1], 'token') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'profile', ARGV[2])
return 1
"""

# Whatever state the keys are in.
CLEAR_LEDGER = """
local revision = 0
if redis.call('TYPE', KEYS[2]).ok == 'hash' then
  revision = tonumber(redis.call('HGET', KEYS[2], 'revision') or '0') or 0
  redis.call('HDEL', KEYS[2], 'profile', 'opens')
else
  redis.call('DEL', KEYS[2])
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'revision', revision + 1, 'token', ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return revision + 1
"""

# With a token only where the reader is still as they were read. KEYS[2] holds it.
DELETE_READER = """
if #ARGV > 0 and (redis.call('HGET', KEYS[2], 'token') or '') ~= ARGV[1] then return -1 end
return redis.call('DEL', unpack(KEYS))
"""

# Of the writes the one that takes room is the first: a full store refuses no later one.
SAVE_SNAPSHOT = """
redis.call('LLEN', KEYS[2])
redis.call(ARGV[5] == '1' and 'HSET' or 'HSETNX', KEYS[1], ARGV[1], ARGV[2])
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
while redis.call('LLEN', KEYS[2]) > tonumber(ARGV[3]) do redis.call('HDEL', KEYS[1], redis.call('RPOP', KEYS[2])) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""

# The number of changes so far; where it was lost, the stream of changes still tells it.
_LAST_REVISION = """
local revision = tonumber(redis.call('GET', KEYS[3]) or '0')
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
if last then revision = math.max(revision, tonumber(string.match(last[1], '^%d+'))) end
redis.call('ZCARD', KEYS[4])
local function tell(id)
  revision = revision + 1
  local written = string.format('%.0f', revision)
  redis.call('SET', KEYS[3], written)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], written .. '-0', 'id', id)
  return written
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
    local written = tell(ARGV[i])
    if before then
      answer[#answer + 1] = 'replaced'
    else
      redis.call('ZADD', KEYS[4], written, ARGV[i])
      answer[#answer + 1] = 'created'
    end
  end
end
return answer
"""
)

DELETE_EVENT = (
    _LAST_REVISION
    + """
if redis.call('HDEL', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('ZREM', KEYS[4], ARGV[2])
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
