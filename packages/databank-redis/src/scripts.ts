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

/**
 * The only script. Runs a function or a command of Redis for each key: their names stand in the first argument, each with
 * the number of its arguments, which follow. An error is the answer of its key alone.
 */
export const LUA = `local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local functions = {${Object.entries(FUNCTIONS).map(([name, lua]) => `${name} = ${lua}`)}}
local answers, size, at = {}, 0, 2
for name, count in string.gmatch(ARGV[1], '([%u_]+)(%d+)') do
  local n, last = #answers + 1, at + count - 1
  if name == 'READ' and size > 262144 then
    answers[n] = '${LATER}'
  elseif functions[name] then
    local ok, answer = pcall(functions[name], KEYS[n], unpack(ARGV, at, last))
    if not ok and type(answer) ~= 'table' then answer = {err = answer} end
    if name == 'READ' and answer and answer[1] then size = size + #answer[1] end
    answers[n] = answer
  else
    answers[n] = redis.pcall(name, KEYS[n], unpack(ARGV, at, last))
  end
  at = last + 1
end
return answers`

/** By which each node knows the script, once it has run there. */
export const SHA = hash('sha1', LUA)

/** Returns whether a name is one of our functions, and not a command of Redis. */
export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name)
}
