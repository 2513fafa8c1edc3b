import type { GatheredCall } from '@sessionbank/databank-kit'
import { MANY, scriptOf } from './scripts.ts'

/** Maximum number of keys, and of characters, in one script call. */
export const MOST_KEYS = 100
const MOST_TEXT = 256 * 1024

/** An operation on one key. */
export interface Command<T = unknown> {
  /** `upkeep` is a write that may be sent twice. */
  effect: 'read' | 'write' | 'upkeep'
  /** A Redis command, or a function of the driver's scripts. */
  name: string
  /** The key without the prefix of its keyspace. */
  id: string
  args: readonly string[]
  /** Returns true if the reply means that something was written. Default: it is neither 0 nor nil. */
  hasWritten?(reply: unknown): boolean
  /** Converts the reply to the result of the call. A READ has two replies: the value and its expiry. */
  answer(reply: unknown, end?: unknown): T
}

export type GatheredCommand = GatheredCall<Command, unknown>

/** Divides calls into batches, each for one script call. */
export function batchesOf(calls: GatheredCommand[]): GatheredCommand[][] {
  const parts: GatheredCommand[][] = []
  let part: GatheredCommand[] = []
  let text = 0
  for (const one of calls) {
    const { id, args } = one.request
    let own = id.length
    for (const arg of args) own += arg.length
    if (part.length > 0 && text + own > MOST_TEXT) {
      parts.push(part)
      part = []
      text = 0
    }
    part.push(one)
    text += own
  }
  parts.push(part)
  return parts
}

/**
 * Returns the command to send for the calls, and marks writes as sent: from then on they may have been done.
 *
 * @param prefix prepended to their ids
 * @param withText sends the script's text instead of its digest, so that the node caches it
 */
export function commandOf(calls: GatheredCommand[], prefix: string, withText: boolean): string[] {
  for (const { request, call } of calls) if (request.effect === 'write') call.sent = true
  const [lone] = calls as [GatheredCommand]
  const script = calls.length > 1 ? MANY : scriptOf(lone.request.name)
  const keys = calls.map(({ request }) => prefix + request.id)
  if (!script) return [lone.request.name, ...keys, ...lone.request.args]
  const command = withText ? ['EVAL', script.lua] : ['EVALSHA', script.sha]
  command.push(String(keys.length), ...keys)
  if (calls.length > 1) command.push(planOf(calls))
  for (const { request } of calls) command.push(...request.args)
  return command
}

/** Returns true if the calls are sent as a script, which returns a list of answers; false if they are one command. */
export function isScript(calls: GatheredCommand[]): boolean {
  const [lone] = calls
  return calls.length > 1 || (lone !== undefined && scriptOf(lone.request.name) !== undefined)
}

/** Returns the first argument of the script {@link MANY}: what to do with each key. */
function planOf(calls: GatheredCommand[]): string {
  let [plan, step, times] = ['', '', 0]
  for (const { request } of calls) {
    const own = request.name + request.args.length
    if (own !== step && times > 0) plan += `${step}x${times}`
    times = own === step ? times + 1 : 1
    step = own
  }
  return `${plan}${step}x${times}`
}

/** Returns false for 0 and nil, the replies to most writes that did nothing, for example because of their condition. */
export function hasWritten(reply: unknown): boolean {
  return reply !== null && reply !== 0 && reply !== '0'
}

/** The `answer` of commands whose reply is used unchanged. */
export function asItIs(reply: unknown): unknown {
  return reply
}
