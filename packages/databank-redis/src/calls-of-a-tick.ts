// Taken at load, so that the fake timers of a test runner do not stop them.
import { nextTick } from 'node:process'
import type { Call } from '@sessionbank/databank-kit'
import { type Command, type Connection, hasWritten } from './connection.ts'
import { CommandFailed, isTransient, replyCode } from './failures.ts'
import type { RedisNode } from './redis-connection.ts'
import { READS, WRITES } from './scripts.ts'

/** At most so many keys and so many characters go in one script call. */
const MOST_KEYS = 100
const MOST_TEXT = 256 * 1024
/** From so many calls on, a batch that finds Redis idle goes in two parts: one is answered while the other is worked on. */
const DIVISIBLE = 16

/** A call that waits for the end of the tick, or for its answer. */
interface Waiting {
  command: Command
  call: Call
  resolve(reply: unknown): void
  reject(error: unknown): void
}

/** Reads and writes of one tick that may go in either order, since no key is both read and written. */
class Batch {
  readonly reads: Waiting[] = []
  readonly writes: Waiting[] = []
  readonly #isReadByKey = new Map<string, boolean>()
  #text = 0

  /** Returns false if a call has to go in a later batch. */
  add(waiting: Waiting): boolean {
    const { effect, key, args } = waiting.command
    const isRead = effect === 'read'
    const calls = isRead ? this.reads : this.writes
    let text = key.length
    for (const arg of args) text += arg.length
    const isFull = calls.length >= MOST_KEYS || (this.#text > 0 && this.#text + text > MOST_TEXT)
    if (isFull || this.#isReadByKey.get(key) === !isRead) return false
    this.#isReadByKey.set(key, isRead)
    this.#text += text
    calls.push(waiting)
    return true
  }
}

/**
 * Sends the calls of one turn of the event loop together: the reads in one script call, the writes in another. All are of
 * one type's keys, because Redis checks the rights to all keys before it runs a script. Each call keeps its own outcome,
 * and calls for one key keep their order.
 */
export class CallsOfATick {
  readonly #connection: Connection
  #batches: Batch[] = []
  /** Script calls and lone commands without an answer yet. */
  #inFlight = 0
  /** True if the last tick had several calls. */
  #wasBusy = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** As `run` of a connection. A call that is alone goes at once. */
  run(command: Command, call: Call): Promise<unknown> {
    if (this.#inFlight === 0 && !this.#wasBusy && this.#batches.length === 0) {
      this.#inFlight++
      const answer = this.#connection.run(command, call)
      answer.then(this.#answered, this.#answered)
      return answer
    }
    return new Promise((resolve, reject) => this.#gather({ command, call, resolve, reject }))
  }

  readonly #answered = () => {
    this.#inFlight--
  }

  #gather(waiting: Waiting): void {
    if (this.#batches.length === 0) nextTick(this.#flush)
    if (this.#batches.at(-1)?.add(waiting)) return
    const batch = new Batch()
    batch.add(waiting)
    this.#batches.push(batch)
  }

  readonly #flush = () => {
    const batches = this.#batches
    this.#batches = []
    const [first] = batches
    this.#wasBusy = batches.length > 1 || (first !== undefined && first.reads.length + first.writes.length > 1)
    for (const { reads, writes } of batches) {
      this.#sendInParts(true, reads)
      this.#sendInParts(false, writes)
    }
  }

  #sendInParts(isRead: boolean, calls: Waiting[]): void {
    if (calls.length >= DIVISIBLE && this.#inFlight === 0) {
      const middle = calls.length >> 1
      this.#send(isRead, calls.slice(0, middle))
      this.#send(isRead, calls.slice(middle))
    } else if (calls.length > 0) {
      this.#send(isRead, calls)
    }
  }

  #send(isRead: boolean, calls: Waiting[]): void {
    const node = this.#connection.redis.nodeFor('')
    this.#inFlight++
    const sent = calls.length === 1 || !node ? this.#sendEach(calls) : this.#sendTogether(node, isRead, calls)
    sent.then(this.#answered, this.#answered)
  }

  async #sendEach(calls: Waiting[]): Promise<void> {
    const each = ({ command, call, resolve, reject }: Waiting) => {
      if (call.isOver) reject(call.timedOut())
      else return this.#connection.run(command, call).then(resolve, reject)
    }
    await Promise.all(calls.map(each))
  }

  async #sendTogether(node: RedisNode, isRead: boolean, calls: Waiting[], withText = false): Promise<void> {
    let due = calls
    const began = performance.now()
    const encode = () => {
      due = calls.filter(isInTime)
      return this.#encoded(isRead, due, withText)
    }
    try {
      const { reply, unconfirmed } = await this.#connection.transmit(node, isRead, encode)
      const replies = reply as unknown[]
      for (let n = 0; n < due.length; n++) {
        const waiting = due[n] as Waiting
        const own = replies[n]
        if (n >= replies.length) this.#gather(waiting)
        else if (own instanceof Error) waiting.reject(new CommandFailed(waiting.command.name, own))
        else if (unconfirmed && hasWritten(own)) waiting.reject(unconfirmed)
        else waiting.resolve(own)
      }
    } catch (error) {
      const code = replyCode(error)
      const again: Waiting[] = []
      for (const waiting of due) {
        // An answer that takes as long again would come too late.
        const isLate = performance.now() - began > waiting.call.timeLeft
        if (code !== null && !isLate && (code === 'NOSCRIPT' || !isTransient(code))) again.push(waiting)
        else waiting.reject(new CommandFailed(waiting.command.name, error))
      }
      if (again.length === 0) return
      // Redis did nothing of it: it did not know the script, or refused it all because of one of them.
      if (code === 'NOSCRIPT' && !withText) await this.#sendTogether(node, isRead, again, true)
      else await this.#sendEach(again)
    }
  }

  #encoded(isRead: boolean, calls: Waiting[], withText: boolean): string[] {
    const { redis } = this.#connection
    const { lua, sha } = isRead ? READS : WRITES
    const encoded = withText ? ['EVAL', lua] : ['EVALSHA', sha]
    encoded.push(String(calls.length))
    for (const { command } of calls) encoded.push(redis.inCommand(command.key))
    if (isRead) return encoded
    for (const { command, call } of calls) {
      if (command.effect === 'write') call.sent = true
      encoded.push(command.name, String(command.args.length), ...command.args)
    }
    return encoded
  }
}

function isInTime({ call, reject }: Waiting): boolean {
  if (call.isOver) reject(call.timedOut())
  return !call.isOver
}
