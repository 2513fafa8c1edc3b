import { performance } from 'node:perf_hooks'
import { Deadlines, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'
import { ConfirmedWrites, StillQueued, type WaitOptions } from './confirmed-writes.ts'
import type { RedisConnection, RedisNode } from './connection.ts'
import { describeRefusal, isTransient, replyCode, wasNeverSent } from './reply-error.ts'
import type { Script } from './scripts.ts'

/** A read may be sent again when its answer is lost; a write may not. */
type Effect = 'read' | 'write'

/** Where a key stands in a command, so that EVALSHA can become EVAL. */
interface Command {
  effect: Effect
  key: string
  args: string[]
  script?: Script
}

/** How long to wait, in ms, before looking whether Redis can be reached again. */
const PAUSE = 40

/**
 * Sends commands, and decides what happens when something goes wrong: what was certainly not done is tried again until
 * the timeout, and so is a read; a write whose answer is lost rejects with UnknownOutcomeError and is not sent again.
 */
export class Dispatcher {
  readonly #connection: RedisConnection
  readonly #timeout: number
  readonly #deadlines: Deadlines
  readonly #wait: WaitOptions | undefined
  readonly #confirmedWrites = new WeakMap<RedisNode, ConfirmedWrites>()
  #underWay = 0
  #whenIdle: (() => void)[] = []

  constructor(connection: RedisConnection, timeout: number, wait?: WaitOptions) {
    this.#connection = connection
    this.#timeout = timeout
    this.#deadlines = new Deadlines(timeout)
    this.#wait = wait
  }

  /** A command of one key that changes nothing. */
  read(name: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#run({ effect: 'read', key, args: [name, this.#connection.inCommand(key), ...args] })
  }

  /** A command of one key that may change something. */
  write(name: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#run({ effect: 'write', key, args: [name, this.#connection.inCommand(key), ...args] })
  }

  readScript(script: Script, key: string): Promise<unknown> {
    return this.#run({ effect: 'read', key, args: this.#evalsha(script, key, []), script })
  }

  writeScript(script: Script, key: string, ...args: string[]): Promise<unknown> {
    return this.#run({ effect: 'write', key, args: this.#evalsha(script, key, args), script })
  }

  /** All keys that match a pattern, in pages, each key once. Goes over all masters; fails if one cannot be reached. */
  async *scan(pattern: string, kind: 'string' | 'zset'): AsyncGenerator<string[]> {
    const { keyPrefix } = this.#connection
    const match = escapeGlob(keyPrefix) + pattern
    const seen = new Set<string>()
    for (const master of await this.#masters()) {
      let cursor = '0'
      do {
        const page = await this.#scanPage(master, ['SCAN', cursor, 'MATCH', match, 'COUNT', '500', 'TYPE', kind])
        cursor = page.cursor
        const keys = page.keys.filter((key) => !seen.has(key))
        for (const key of keys) seen.add(key)
        if (keys.length > 0) yield keys.map((key) => key.slice(keyPrefix.length))
      } while (cursor !== '0')
    }
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  #evalsha({ sha }: Script, key: string, args: string[]): string[] {
    return ['EVALSHA', sha, '1', this.#connection.inCommand(key), ...args]
  }

  async #run(command: Command): Promise<unknown> {
    this.#underWay++
    try {
      const node = this.#connection.nodeFor(command.key)
      if (node === null) return await this.#persist(command, performance.now() + this.#timeout, null)
      const started = performance.now()
      try {
        return await this.#send(node, command, this.#timeout)
      } catch (error) {
        tellIfSilent(node, error)
        return await this.#persist(command, started + this.#timeout, error)
      }
    } finally {
      if (--this.#underWay === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }

  /** The road of a command that did not get through at once. `failure` null: there was no node to send it to. */
  async #persist(command: Command, deadline: number, firstFailure: unknown): Promise<unknown> {
    let failure = firstFailure
    for (let attempt = 0; ; attempt++) {
      const step = failure === null ? 'later' : nextStep(failure, command)
      if (performance.now() >= deadline) throw this.#gaveUp(failure, command.args[0])
      if (step === 'learn') learn(command)
      else await this.#lookAgain(command.key, step === 'later' || attempt > 0)
      const left = Math.max(1, deadline - performance.now())
      let node: RedisNode | null = null
      try {
        // WAIT counts for the connection of its write only, and following a redirection does not say which one that was.
        if (step === 'follow' && !this.#wait) {
          return await this.#within(left, () => this.#connection.follow(command.key, command.args))
        }
        node = this.#connection.nodeFor(command.key)
        if (node !== null) return await this.#send(node, command, left)
        failure = null
      } catch (error) {
        if (node !== null) tellIfSilent(node, error)
        failure = error
      }
    }
  }

  async #lookAgain(key: string, patiently: boolean): Promise<void> {
    await this.#within(this.#timeout, () => this.#connection.refresh(key)).catch(() => {})
    if (patiently) await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }

  #gaveUp(failure: unknown, command?: string): Error {
    const code = replyCode(failure)
    if (code !== null) return new OperationError(describeRefusal(code, command))
    if (failure instanceof StillQueued) return new OperationError(`${failure.message}; nothing was sent`)
    return new OperationError(
      `Redis could not be reached for ${this.#timeout} ms; nothing was sent. Check that the server is running and can be ` +
        'reached; the driver connects again by itself',
      safeCause(failure),
    )
  }

  #send(node: RedisNode, { effect, args }: Command, timeout: number): Promise<unknown> {
    if (effect === 'read' || !this.#wait) return this.#within(timeout, () => node.send(args))
    let writes = this.#confirmedWrites.get(node)
    if (!writes) {
      writes = new ConfirmedWrites(node, this.#wait)
      this.#confirmedWrites.set(node, writes)
    }
    return writes.write(args, timeout)
  }

  /** The operation's own outcome, or a NoAnswer after so many ms. */
  #within<T>(timeout: number, operation: () => Promise<T>): Promise<T> {
    const timedOut = () => new NoAnswer(this.#timeout)
    return this.#deadlines.bound(operation, { deadline: performance.now() + timeout }, timedOut)
  }

  async #masters(): Promise<RedisNode[]> {
    const deadline = performance.now() + this.#timeout
    for (;;) {
      const masters = this.#connection.masters()
      if (masters !== null) return masters
      if (performance.now() > deadline) throw this.#gaveUp(null)
      await this.#lookAgain('', true)
    }
  }

  async #scanPage(node: RedisNode, command: string[]): Promise<{ cursor: string; keys: string[] }> {
    this.#underWay++
    try {
      const [cursor, keys] = (await this.#within(this.#timeout, () => node.send(command))) as [unknown, string[]]
      return { cursor: String(cursor), keys }
    } catch (error) {
      tellIfSilent(node, error)
      const code = replyCode(error)
      if (code !== null) throw new OperationError(describeRefusal(code, command[0]))
      if (error instanceof NoAnswer) throw new OperationError(`${error.message} while listing`)
      throw new OperationError('the connection to a Redis node was lost while listing', safeCause(error))
    } finally {
      if (--this.#underWay === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }
}

class NoAnswer extends Error {
  constructor(timeout: number) {
    super(`Redis did not answer within ${timeout} ms`)
  }
}

/** A connection that does not answer any more is made anew. */
function tellIfSilent(node: RedisNode, error: unknown): void {
  if (error instanceof NoAnswer) node.notAnswering()
}

/** Whether and how to go on after a failure; throws where the caller has to know of it. */
function nextStep(failure: unknown, { effect, script, args }: Command): 'later' | 'learn' | 'follow' {
  if (failure instanceof UnknownOutcomeError) throw failure
  const code = replyCode(failure)
  if (code === 'NOSCRIPT' && script && args[0] === 'EVALSHA') return 'learn'
  if (code === 'MOVED' || code === 'ASK') return 'follow'
  if (code !== null && isTransient(code)) return 'later'
  if (code !== null) throw new OperationError(describeRefusal(code, args[0]))
  if (wasNeverSent(failure) || failure instanceof StillQueued) return 'later'
  if (effect === 'read') {
    if (!(failure instanceof NoAnswer)) return 'later'
    throw new OperationError(`${failure.message}. Check that the server is running and not blocked by a slow command`)
  }
  throw new UnknownOutcomeError(
    failure instanceof NoAnswer
      ? `${failure.message}: the write may or may not have been done; it was not sent again`
      : 'the connection to Redis was lost before it answered: the write may or may not have been done; it was not sent again',
    safeCause(failure),
  )
}

/** EVAL teaches the node the script that EVALSHA did not find there. */
function learn(command: Command): void {
  command.args = ['EVAL', (command.script as Script).lua, ...command.args.slice(2)]
}

/** Text as a pattern of SCAN that matches nothing else. */
export function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&')
}
