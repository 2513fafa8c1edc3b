import { hash } from 'node:crypto'

/** What can be done by a function of ours, each of one key and run inside Redis. */
const FUNCTIONS = {
  /** The value and its expiry (-1: none), from the same moment. */
  READ: `function(key)
  local value = redis.call('GET', key)
  return value and {value, redis.call('PEXPIRETIME', key)}
end`,

  /**
   * Writes `json`, to end at `ends` ('': never), if the digest of what is there is `revision`. With `latest`, what ends
   * later keeps its end; if that is later than `latest` ('': none is), nothing is written, and {end} (-1: never) is the
   * answer.
   */
  WRITE_IF: `function(key, json, ends, revision, latest)
  local value = redis.call('GET', key)
  if not value or redis.sha1hex(value) ~= revision then return 0 end
  if latest and ends ~= '' then
    local present = redis.call('PEXPIRETIME', key)
    if present < 0 or present > tonumber(ends) then
      if latest ~= '' and (present < 0 or present > tonumber(latest)) then return {string.format('%.0f', present)} end
      redis.call('SET', key, json, 'KEEPTTL')
      return 1
    end
  end
  if ends == '' then redis.call('SET', key, json) else redis.call('SET', key, json, 'PXAT', ends) end
  return 1
end`,

  /**
   * Lets the record end at `ends` ('': never), if the digest of what is there is `revision` (absent: whatever it is); not
   * earlier than it does if `how` is 'extend'. If `wanted` is 'value', returns the value and its end (-1: never).
   */
  TOUCH: `function(key, ends, how, wanted, revision)
  local value
  if revision or wanted == 'value' then value = redis.call('GET', key) else value = redis.call('EXISTS', key) == 1 end
  if not value or (revision and redis.sha1hex(value) ~= revision) then return 0 end
  if ends == '' then redis.call('PERSIST', key)
  elseif how == 'extend' then redis.call('PEXPIREAT', key, ends, 'GT')
  else redis.call('PEXPIREAT', key, ends) end
  return wanted == 'value' and {value, redis.call('PEXPIRETIME', key)} or 1
end`,

  /**
   * Puts an id into an index set, scored with the time on the server, and lets the set live until `ends` ('': for ever) at
   * the least. PEXPIREAT GT takes a set without an expiry for one that lives for ever, hence the look whether it is new.
   */
  INDEX_ADD: `function(key, id, ends)
  local isNew = redis.call('EXISTS', key) == 0
  redis.call('ZADD', key, now(), id)
  if ends == '' then redis.call('PERSIST', key)
  elseif isNew then redis.call('PEXPIREAT', key, ends)
  else redis.call('PEXPIREAT', key, ends, 'GT') end
  return 1
end`,

  /** Takes ids out of an index set unless they were put there in the last `grace` ms. */
  INDEX_FORGET: `function(key, grace, ...)
  for _, id in ipairs({...}) do
    local added = redis.call('ZSCORE', key, id)
    if added and tonumber(added) < now() - grace then redis.call('ZREM', key, id) end
  end
  return 1
end`,

  /** Takes all ids out of an index set but those put there in the last `grace` ms. */
  INDEX_CLEAR: `function(key, grace)
  return redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. string.format('%.0f', now() - grace))
end`,
}

/** The answer to a READ beside 256 KB of other answers: it is to be asked again. */
export const LATER = 'later'

/** A Lua script, which each node knows by its digest once it has run there. */
export interface Script {
  lua: string
  sha: string
}

const NOW = `local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end`

const SCRIPTS = new Map<string, Script>(
  Object.entries(FUNCTIONS).map(([name, lua]) => {
    return [name, script(`${NOW}\nlocal run = ${lua}\nreturn run(KEYS[1], unpack(ARGV))`)]
  }),
)

/** Returns the script that runs a function of ours for one key; undefined for a command of Redis. */
export function scriptOf(name: string): Script | undefined {
  return SCRIPTS.get(name)
}

/**
 * Runs a function or a command for each key. The first argument says `READ0x2TOUCH3x1`: a READ of no arguments for two
 * keys, then a TOUCH of three for one; the arguments follow. An error is the answer of its key alone.
 */
export const MANY = script(`${NOW}
local functions = {${Object.entries(FUNCTIONS).map(([name, lua]) => `${name} = ${lua}`)}}
local answers, size, n, at = {}, 0, 0, 2
for name, count, times in string.gmatch(ARGV[1], '([%u_]+)(%d+)x(%d+)') do
  local run = functions[name]
  for _ = 1, times do
    n = n + 1
    local answer
    if name == 'READ' and size > 262144 then
      answer = '${LATER}'
    elseif run then
      local ok
      ok, answer = pcall(run, KEYS[n], unpack(ARGV, at, at + count - 1))
      if not ok and type(answer) ~= 'table' then answer = {err = answer} end
      if name == 'READ' and answer and answer[1] then size = size + #answer[1] end
    else
      answer = redis.pcall(name, KEYS[n], unpack(ARGV, at, at + count - 1))
    end
    answers[n] = answer
    at = at + count
  end
end
return answers`)

function script(lua: string): Script {
  return { lua, sha: hash('sha1', lua) }
}
