import { createHash } from 'node:crypto'

/** A Lua script of one key, which each node learns when it is first run there. */
export interface Script {
  lua: string
  sha: string
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** The value and its expiry (-1: none), from the same moment. */
export const READ = script(`
local value = redis.call('GET', KEYS[1])
if not value then return false end
return {value, redis.call('PEXPIRETIME', KEYS[1])}
`)

/**
 * Writes ARGV[1], to end at ARGV[2] ('': never), if the digest of what is there is ARGV[3]. With ARGV[4], what ends later
 * keeps its end; if that is later than ARGV[4] ('': none is), nothing is written, and {end} (-1: never) is the answer.
 */
export const WRITE_IF = script(`
local value = redis.call('GET', KEYS[1])
if not value or redis.sha1hex(value) ~= ARGV[3] then return 0 end
if ARGV[4] and ARGV[2] ~= '' then
  local present = redis.call('PEXPIRETIME', KEYS[1])
  if present < 0 or present > tonumber(ARGV[2]) then
    if ARGV[4] ~= '' and (present < 0 or present > tonumber(ARGV[4])) then return {string.format('%.0f', present)} end
    redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
    return 1
  end
end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2]) end
return 1
`)

/**
 * Lets the record end at ARGV[1] ('': never), if the digest of what is there is ARGV[4] (absent: whatever it is); not
 * earlier than it does if ARGV[2] is 'extend'. If ARGV[3] is 'value', gives the value and its end (-1: never).
 */
export const TOUCH = script(`
local value = redis.call('GET', KEYS[1])
if not value or (ARGV[4] and redis.sha1hex(value) ~= ARGV[4]) then return false end
if ARGV[1] == '' then redis.call('PERSIST', KEYS[1])
elseif ARGV[2] == 'extend' then redis.call('PEXPIREAT', KEYS[1], ARGV[1], 'GT')
else redis.call('PEXPIREAT', KEYS[1], ARGV[1]) end
return ARGV[3] == 'value' and {value, redis.call('PEXPIRETIME', KEYS[1])} or 1
`)

/**
 * Puts an id into an index set, scored with the time on the server, and lets the set live until ARGV[2] ('': for ever) at
 * the least. PEXPIREAT GT takes a set without an expiry for one that lives for ever, hence the look whether it is new.
 */
export const INDEX_ADD = script(`
local isNew = redis.call('EXISTS', KEYS[1]) == 0
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1])
elseif isNew then redis.call('PEXPIREAT', KEYS[1], ARGV[2])
else redis.call('PEXPIREAT', KEYS[1], ARGV[2], 'GT') end
return 1
`)

/** Takes ids (ARGV[2], …) out of an index set unless they were put there in the last ARGV[1] ms. */
export const INDEX_FORGET = script(`
local time = redis.call('TIME')
local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
local forgotten = 0
for i = 2, #ARGV do
  local added = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if added and tonumber(added) < oldest then forgotten = forgotten + redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return forgotten
`)

/** Takes all ids out of an index set but those put there in the last ARGV[1] ms. */
export const INDEX_CLEAR = script(`
local time = redis.call('TIME')
local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
return redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', oldest))
`)
