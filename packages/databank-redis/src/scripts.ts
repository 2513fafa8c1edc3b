import { createHash } from 'node:crypto'

/** A Lua script, which each node learns when it is first run there. */
export interface Script {
  lua: string
  sha: string
}

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
  if not value or (revision and redis.sha1hex(value) ~= revision) then return false end
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
  local time = redis.call('TIME')
  redis.call('ZADD', key, time[1] * 1000 + math.floor(time[2] / 1000), id)
  if ends == '' then redis.call('PERSIST', key)
  elseif isNew then redis.call('PEXPIREAT', key, ends)
  else redis.call('PEXPIREAT', key, ends, 'GT') end
  return 1
end`,

  /** Takes ids out of an index set unless they were put there in the last `grace` ms. */
  INDEX_FORGET: `function(key, grace, ...)
  local time = redis.call('TIME')
  local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - grace
  for _, id in ipairs({...}) do
    local added = redis.call('ZSCORE', key, id)
    if added and tonumber(added) < oldest then redis.call('ZREM', key, id) end
  end
  return 1
end`,

  /** Takes all ids out of an index set but those put there in the last `grace` ms. */
  INDEX_CLEAR: `function(key, grace)
  local time = redis.call('TIME')
  local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - grace
  return redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. string.format('%.0f', oldest))
end`,
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

const SCRIPTS = new Map<string, Script>(
  Object.entries(FUNCTIONS).map(([name, lua]) => [
    name,
    script(`local run = ${lua}\nreturn run(KEYS[1], unpack(ARGV))`),
  ]),
)

/** Reads many keys; an error is the answer of its key alone. After 256 KB it returns the answers that it has. */
export const READS = script(`local call, try = redis.call, redis.pcall
local answers, size = {}, 0
for n = 1, #KEYS do
  if size > 262144 then break end
  local value = try('GET', KEYS[n])
  if type(value) == 'string' then
    size = size + #value
    answers[n] = {value, call('PEXPIRETIME', KEYS[n])}
  else
    answers[n] = value
  end
end
return answers`)

/**
 * Runs a function or command for each key; an error is the answer of its key alone. For each stand its name, the number of
 * its arguments, and these.
 */
export const WRITES = script(`local try = redis.pcall
local functions = {WRITE_IF = ${FUNCTIONS.WRITE_IF}, TOUCH = ${FUNCTIONS.TOUCH}}
local answers, at = {}, 1
for n = 1, #KEYS do
  local run, last = functions[ARGV[at]], at + 1 + ARGV[at + 1]
  if run then
    local ok, answer = pcall(run, KEYS[n], unpack(ARGV, at + 2, last))
    if not ok and type(answer) ~= 'table' then answer = {err = answer} end
    answers[n] = answer
  else
    answers[n] = try(ARGV[at], KEYS[n], unpack(ARGV, at + 2, last))
  end
  at = last + 1
end
return answers`)

/** Returns the script that runs a function; undefined for a command of Redis. */
export function scriptOf(name: string): Script | undefined {
  return SCRIPTS.get(name)
}

/** The script of a read. */
export const READ = SCRIPTS.get('READ') as Script
