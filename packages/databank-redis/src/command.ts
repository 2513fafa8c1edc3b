import type { GatheredCall } from '@sessionbank/databank-kit'
import { MANY, scriptOf } from './scripts.ts'

/** At most so many keys and so many characters go in one script call. */
export const MOST_KEYS = 100
const MOST_TEXT = 256 * 1024

/** Something to do with one key. */
export interface Command<T = unknown> {
  /** `upkeep` changes something, and may be sent twice. */
  effect: 'read' | 'write' | 'upkeep'
  /** A command of Redis, or a function of our script. */
  name: string
  /** The key without the prefix of its keyspace. */
  id: string
  args: readonly string[]
  /** Whether the reply says that something was written. Default: if it is neither 0 nor nil. */
  hasWritten?(reply: unknown): boolean
  /** Makes of the reply what the call returns. A READ has two: the value and its expiry. */
  answer(reply: unknown, end?: unknown): T
}

export type GatheredCommand = GatheredCall<Command, unknown>

/** Divides calls into those that go in one script call each. */
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
 * Returns what is sent for calls, which from then on may have been done.
 *
 * @param prefix what stands before their ids in a command
 * @param withText with the text of the script, which the node learns by that, instead of its digest
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

/** Whether the calls go as a script, which returns a list of answers; else they are one command of Redis. */
export function isScript(calls: GatheredCommand[]): boolean {
  const [lone] = calls
  return calls.length > 1 || (lone !== undefined && scriptOf(lone.request.name) !== undefined)
}

/** Returns what the script for many keys does with each. */
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

/** 0 and nil are the answers of most writes that did nothing: the condition did not hold, or there was nothing to delete. */
export function hasWritten(reply: unknown): boolean {
  return reply !== null && reply !== 0 && reply !== '0'
}

/** The `answer` of a command whose reply is used as it is. */
export function asItIs(reply: unknown): unknown {
  return reply
}
