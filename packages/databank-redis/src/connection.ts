import { type Call, Calls, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'
import { type Confirmed, ConfirmedWrites } from './confirmed-writes.ts'
import { CommandFailed, failureOf, isTransient, replyCode, UNREACHABLE } from './failures.ts'
import type { WaitOptions } from './options.ts'
import type { RedisConnection, RedisNode } from './redis-connection.ts'
import { scriptOf } from './scripts.ts'

/** Something to do with one key. */
export interface Command {
  /** `upkeep` changes something, too, and may be done twice. */
  effect: 'read' | 'write' | 'upkeep'
  /** A command of Redis, or a function of ours. */
  name: string
  key: string
  args: string[]
}

/** Keys of all masters, as far as they were listed. */
export interface Listing {
  masters: RedisNode[]
  cursor: string
  /** The keys that were listed, without the prefix of the client. */
  seen: Set<string>
}

/** How the commands of a bank reach Redis. */
export class Connection {
  readonly calls: Calls
  readonly redis: RedisConnection
  readonly #wait: WaitOptions | undefined
  readonly #confirmedWrites = new WeakMap<RedisNode, ConfirmedWrites>()

  constructor(redis: RedisConnection, timeout: number, wait?: WaitOptions) {
    this.calls = new Calls({ database: 'Redis', timeout, failureOf })
    this.redis = redis
    this.#wait = wait
  }

  /** Rejects with a CommandFailed; with an UnknownOutcomeError if too few replicas confirm a write. */
  async run(command: Command, call: Call): Promise<unknown> {
    const { redis } = this
    const { name, key } = command
    const node = redis.nodeFor(key)
    if (!node) {
      await redis.routes?.refresh(redis.inCommand(key)).catch(() => {})
      throw new CommandFailed(name, UNREACHABLE)
    }
    const began = performance.now()
    try {
      return await this.#send(node, command, call)
    } catch (error) {
      if (error instanceof UnknownOutcomeError || call.isOver) throw error
      // An answer that takes as long again would come too late.
      const isLate = performance.now() - began > call.timeLeft
      return await (isLate ? Promise.reject(error) : this.#recover(node, command, call, error)).catch((last) => {
        throw last instanceof UnknownOutcomeError ? last : new CommandFailed(name, last)
      })
    }
  }

  /** Goes on after a failure where another way leads to an answer. */
  async #recover(node: RedisNode, command: Command, call: Call, failure: unknown): Promise<unknown> {
    const { redis } = this
    const code = replyCode(failure)
    if (code === 'NOSCRIPT') return this.#send(node, command, call, true)
    const key = redis.inCommand(command.key)
    // WAIT counts for the connection of its write only, and following a redirection does not say which one that was.
    if ((code === 'MOVED' || code === 'ASK') && redis.routes && !this.#wait) {
      return redis.routes.follow(key, this.#encoded(command, true))
    }
    if (code === null || isTransient(code)) await redis.routes?.refresh(key).catch(() => {})
    throw failure
  }

  async #send(node: RedisNode, command: Command, call: Call, withText = false): Promise<unknown> {
    const { reply, unconfirmed } = await this.transmit(node, command.effect === 'read', () => {
      if (call.isOver) throw call.timedOut()
      if (command.effect === 'write') call.sent = true
      return this.#encoded(command, withText)
    })
    if (unconfirmed && hasWritten(reply)) throw unconfirmed
    return reply
  }

  /**
   * Sends a command to a node; a write with the WAIT that the app asked for.
   *
   * @param encode called when the command is sent; throws if that is too late
   */
  async transmit(node: RedisNode, isRead: boolean, encode: () => string[]): Promise<Confirmed> {
    if (isRead || !this.#wait) return { reply: await node.send(encode()), unconfirmed: null }
    let writes = this.#confirmedWrites.get(node)
    if (!writes) {
      writes = new ConfirmedWrites(node, this.#wait)
      this.#confirmedWrites.set(node, writes)
    }
    return writes.write(encode)
  }

  /** @param withText with the text of the script, which the node learns by that, instead of its digest */
  #encoded({ name, key, args }: Command, withText = false): string[] {
    const script = scriptOf(name)
    const inCommand = this.redis.inCommand(key)
    if (!script) return [name, inCommand, ...args]
    return withText ? ['EVAL', script.lua, '1', inCommand, ...args] : ['EVALSHA', script.sha, '1', inCommand, ...args]
  }

  /** Returns the next keys that match a pattern and were not listed yet, without the prefix of the client. */
  async list(pattern: string, kind: 'string' | 'zset', from?: Listing): Promise<[keys: string[], next?: Listing]> {
    const { redis } = this
    const { keyPrefix } = redis
    const masters = from?.masters ?? redis.masters() ?? []
    const { cursor, seen } = from ?? { cursor: '0', seen: new Set<string>() }
    const [master] = masters
    if (!master?.isReady) {
      await redis.routes?.refresh(redis.inCommand('')).catch(() => {})
      throw new CommandFailed('SCAN', UNREACHABLE)
    }
    const match = escapeGlob(keyPrefix) + pattern
    const scan = ['SCAN', cursor, 'MATCH', match, 'COUNT', '500', 'TYPE', kind]
    const reply = await master.send(scan).catch((error) => {
      // A cursor means nothing to another server.
      if (cursor === '0' || replyCode(error) !== null) throw new CommandFailed('SCAN', error)
      throw new OperationError('the connection to a Redis node was lost while listing: try again', safeCause(error))
    })
    const [next, found] = reply as [unknown, string[]]
    const keys = found.map((key) => key.slice(keyPrefix.length)).filter((key) => !seen.has(key))
    for (const key of keys) seen.add(key)
    if (String(next) !== '0') return [keys, { masters, cursor: String(next), seen }]
    return masters.length === 1 ? [keys] : [keys, { masters: masters.slice(1), cursor: '0', seen }]
  }
}

/** 0 and nil are the answers of a write that did nothing: its condition did not hold, or there was nothing to delete. */
export function hasWritten(reply: unknown): boolean {
  return reply !== null && reply !== 0 && reply !== '0'
}

/** Returns text as a pattern of SCAN that matches nothing else. */
export function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&')
}
