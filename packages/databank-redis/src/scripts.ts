import { hash } from 'node:crypto'
import { DIGEST_LENGTH } from './stored-form.ts'

/** Lua functions that run inside Redis, each on one key. */
const FUNCTIONS = {
  /** Returns two replies from the same moment: the value and its expiry (-1: none). */
  READ: `function(key)
  local value = redis.call('GET', key)
  if value then return value, redis.call('PEXPIRETIME', key) end
  return false
end`,

  /**
   * Writes `json`, which expires at `ends` ('': never), if the stored value has this revision. With `latest`, a later
   * stored expiry is kept; if it is later than `latest` ('': no limit), nothing is written, and the reply is {expiry}
   * (-1: never).
   */
  WRITE_IF: `function(key, json, ends, revision, latest)
  local value = redis.call('GET', key)
  if not value or not isOf(value, revision) then return 0 end
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
   * Sets the expiry to `ends` ('': never) if the stored value has this revision, or any if `revision` is absent. If
   * `how` is 'extend', never makes it earlier. If `wanted` is 'value', returns the value and its expiry (-1: never).
   */
  TOUCH: `function(key, ends, how, wanted, revision)
  local value
  if revision or wanted == 'value' then value = redis.call('GET', key) else value = redis.call('EXISTS', key) == 1 end
  if not value or (revision and not isOf(value, revision)) then return 0 end
  if ends == '' then redis.call('PERSIST', key)
  elseif how == 'extend' then redis.call('PEXPIREAT', key, ends, 'GT')
  else redis.call('PEXPIREAT', key, ends) end
  return wanted == 'value' and {value, redis.call('PEXPIRETIME', key)} or 1
end`,

  /**
   * Adds an id to an index set, scored with the server's time, and makes the set live at least until `ends` ('': for
   * ever). A new set is a separate case, because PEXPIREAT GT never sets the expiry of a key that has none.
   */
  INDEX_ADD: `function(key, id, ends)
  local isNew = redis.call('EXISTS', key) == 0
  redis.call('ZADD', key, now(), id)
  if ends == '' then redis.call('PERSIST', key)
  elseif isNew then redis.call('PEXPIREAT', key, ends)
  else redis.call('PEXPIREAT', key, ends, 'GT') end
  return 1
end`,

  /** Removes ids from an index set, except those added in the last `grace` ms. */
  INDEX_FORGET: `function(key, grace, ...)
  for _, id in ipairs({...}) do
    local added = redis.call('ZSCORE', key, id)
    if added and tonumber(added) < now() - grace then redis.call('ZREM', key, id) end
  end
  return 1
end`,

  /** Removes all ids from an index set, except those added in the last `grace` ms. */
  INDEX_CLEAR: `function(key, grace)
  return redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. string.format('%.0f', now() - grace))
end`,
}

/** The reply to a READ if the other replies already have `MOST_READ` bytes: the READ must be sent again. */
export const LATER = 'later'
const MOST_READ = 256 * 1024

/** A Lua script. A node caches it by its digest once it has run there. */
export interface Script {
  lua: string
  sha: string
}

const HELPERS = `local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function isOf(value, revision)
  return value == revision or (#revision == ${DIGEST_LENGTH} and redis.sha1hex(value) == revision)
end
`

const SCRIPTS = new Map<string, Script>(
  Object.entries(FUNCTIONS).map(([name, lua]) => {
    const helpers = /now\(|isOf\(/.test(lua) ? HELPERS : ''
    return [name, script(`${helpers}local run = ${lua}\nreturn {run(KEYS[1], unpack(ARGV))}`)]
  }),
)

/** Returns the script that runs a function for one key, or undefined for a Redis command. */
export function scriptOf(name: string): Script | undefined {
  return SCRIPTS.get(name)
}

/** Returns how many replies of the script's list belong to one call. */
export function answersOf(name: string): number {
  return name === 'READ' ? 2 : 1
}

/**
 * Runs a function or a command for each key, and returns the list of replies. The first argument is the plan, such as
 * `READ0x2TOUCH3x1`: READ without arguments for two keys, then TOUCH with three arguments for one key. The arguments
 * follow. An error is the reply of its key only.
 */
export const MANY = script(`${HELPERS}
local functions = {${Object.entries(FUNCTIONS).map(([name, lua]) => `${name} = ${lua}`)}}
local steps = string.gmatch(ARGV[1], '([%u_]+)(%d+)x(%d+)')
local name, count, times, run = nil, 0, 0, nil
local answers, filled, size, n, at = {}, 0, 0, 0, 2

local function answer(reply, ends)
  filled = filled + 1
  answers[filled] = reply
  if name ~= 'READ' then return end
  filled = filled + 1
  answers[filled] = ends or false
  if ends then size = size + #reply end
end

local function runAll()
  while true do
    if times == 0 then
      name, count, times = steps()
      if not name then return end
      local command = name
      run = functions[name] or function(key, ...) return redis.call(command, key, ...) end
    end
    times, n = times - 1, n + 1
    local first = at
    at = at + count
    if name == 'READ' and size > ${MOST_READ} then answer('${LATER}')
    else answer(run(KEYS[n], unpack(ARGV, first, at - 1))) end
  end
end

-- One pcall for all keys: after an error, the loop continues with the next key.
repeat
  local isDone, failure = pcall(runAll)
  if not isDone then answer(type(failure) == 'table' and failure or {err = failure}) end
until isDone
return answers`)

function script(lua: string): Script {
  return { lua, sha: hash('sha1', lua) }
}
