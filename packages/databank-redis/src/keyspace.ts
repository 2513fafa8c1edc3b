// Taken at load, so that the fake timers of a test runner do not stop them.
import { nextTick } from 'node:process'
import { type Call, CallsOfATick, type UnknownOutcomeError } from '@sessionbank/databank-kit'
import { type Command, encoded, type GatheredCommand, hasWritten, isScript, MOST_KEYS, partsOf } from './command.ts'
import { CommandFailed, isTransient, replyCode, UNREACHABLE, unconfirmed } from './failures.ts'
import type { WaitOptions } from './options.ts'
import type { RedisClient, RedisNode } from './redis-client.ts'
import { LATER } from './scripts.ts'

/** Calls that go to a node in one command. */
interface Sent {
  node: RedisNode
  calls: GatheredCommand[]
  /** True if the text of the script goes along. */
  withText: boolean
  /** With the error of the writes if too few replicas confirm them in time; absent if none is asked. */
  confirmation?: Promise<UnknownOutcomeError | null>
}

/**
 * The keys that begin alike: the records of a type, or its index. The calls of one turn of the event loop go to a node in
 * one script call; in a cluster, where each key is in a slot of its own, in a pipeline. No other keys are among them,
 * because Redis checks the rights to all keys before it runs a script. Each call keeps its own outcome.
 */
export class Keyspace {
  readonly prefix: string
  readonly client: RedisClient
  readonly #prefixInCommand: string
  readonly #wait: WaitOptions | undefined
  readonly #gathering = new WeakMap<RedisNode, CallsOfATick<Command, unknown>>()

  constructor(client: RedisClient, prefix: string, wait: WaitOptions | undefined) {
    this.client = client
    this.prefix = prefix
    this.#prefixInCommand = client.inCommand(prefix)
    this.#wait = wait
  }

  /** Rejects with a CommandFailed; with an UnknownOutcomeError if too few replicas confirm a write. */
  run<T>(command: Command<T>, call: Call): Promise<T> {
    const node = this.client.nodeFor(this.prefix + command.id)
    if (!node) return this.#unreachable(command)
    return this.#callsTo(node).add(command, call) as Promise<T>
  }

  async #unreachable({ name, id }: Command): Promise<never> {
    await this.client.refresh(this.prefix + id)
    throw new CommandFailed(name, UNREACHABLE)
  }

  #callsTo(node: RedisNode): CallsOfATick<Command, unknown> {
    let calls = this.#gathering.get(node)
    if (!calls) {
      calls = new CallsOfATick({
        most: MOST_KEYS,
        send: (gathered) =>
          this.#send(node, this.client.routes ? alone(gathered) : partsOf(gathered, node.inFlight === 0)),
        // What comes while a WAIT is on its way shares the next one.
        defer: (flush) => (node.waiting ? node.waiting.then(flush) : nextTick(flush)),
      })
      this.#gathering.set(node, calls)
    }
    return calls
  }

  /** Sends each part in one command; behind writes a WAIT, if the app asked for that. */
  #send(node: RedisNode, parts: GatheredCommand[][], withText = false): void {
    const wait = this.#wait
    const commands = parts.map((calls) => encoded(calls, this.#prefixInCommand, withText))
    if (!wait || parts.flat().every(({ request }) => request.effect === 'read')) {
      for (const [n, calls] of parts.entries()) {
        void this.#settle({ node, calls, withText }, node.send(commands[n] as string[]))
      }
      return
    }
    const answers = node.sendTogether([...commands, ['WAIT', String(wait.replicas), String(wait.timeout)]])
    const confirmation = (answers.pop() as Promise<unknown>).then(
      (replicas) => (Number(replicas) >= wait.replicas ? null : unconfirmed(wait, Number(replicas))),
      (error) => unconfirmed(wait, error),
    )
    node.waiting = confirmation
    confirmation.then(() => {
      if (node.waiting === confirmation) node.waiting = null
    })
    for (const [n, calls] of parts.entries()) {
      void this.#settle({ node, calls, withText, confirmation }, answers[n] as Promise<unknown>)
    }
  }

  async #settle(sent: Sent, answer: Promise<unknown>): Promise<void> {
    const { node, calls, confirmation } = sent
    const began = performance.now()
    let replies: unknown
    node.asked()
    try {
      const reply = await answer
      replies = isScript(calls) ? reply : [reply]
      if (!Array.isArray(replies)) throw new Error('the script has no list of answers')
    } catch (error) {
      return this.#recover(sent, error, performance.now() - began)
    } finally {
      node.answered()
    }
    for (let n = 0; n < calls.length; n++) {
      const one = calls[n] as GatheredCommand
      const { request, call } = one
      const reply = (replies as unknown[])[n]
      if (reply instanceof Error) one.reject(new CommandFailed(request.name, reply))
      else if (reply === LATER) one.resolve(this.run(request, call))
      else if (!confirmation || request.effect === 'read' || !hasWritten(reply)) accept(one, reply)
      else confirmation.then((error) => (error ? one.reject(error) : accept(one, reply)))
    }
  }

  /** Sends again what Redis did not do and another way may do; the rest fails. */
  async #recover(sent: Sent, failure: unknown, took: number): Promise<void> {
    const { calls } = sent
    const code = replyCode(failure)
    // An answer that takes as long again would come too late.
    const inTime = calls.filter(({ call }) => call.isInTime && call.timeLeft > took)
    const again = inTime.length > 0 && this.#sendAgain({ ...sent, calls: inTime }, code) ? inTime : []
    if (again.length === calls.length) return
    if (code === null || isTransient(code)) await this.client.refresh(this.prefix + calls[0]?.request.id)
    for (const one of calls) if (!again.includes(one)) one.reject(new CommandFailed(one.request.name, failure))
  }

  /** Returns false if there is no other way. */
  #sendAgain({ node, calls, withText }: Sent, code: string | null): boolean {
    const { routes } = this.client
    if (code === 'NOSCRIPT' && !withText) {
      this.#send(node, [calls], true)
    } else if (calls.length > 1 && code !== null && !isTransient(code)) {
      // It refused them all because of one of them.
      this.#send(node, alone(calls), withText)
    } else if (routes && !this.#wait && !withText && (code === 'MOVED' || code === 'ASK')) {
      // Not with WAIT, which counts for the connection of its write only: nothing says which one that was.
      const command = encoded(calls, this.#prefixInCommand, true)
      const key = this.#prefixInCommand + calls[0]?.request.id
      void this.#settle({ node, calls, withText: true }, routes.follow(key, command))
    } else {
      return false
    }
    return true
  }
}

function alone(calls: GatheredCommand[]): GatheredCommand[][] {
  return calls.map((one) => [one])
}

function accept(one: GatheredCommand, reply: unknown): void {
  try {
    const { request } = one
    one.resolve(request.answer(reply))
  } catch (error) {
    one.reject(error)
  }
}
