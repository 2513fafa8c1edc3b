import { type Call, CallsOfATick, nextTick, performance, type UnknownOutcomeError } from '@sessionbank/databank-kit'
import { batchesOf, type Command, commandOf, type GatheredCommand, hasWritten, isScript, MOST_KEYS } from './command.ts'
import { CommandFailed, isTransient, replyCode, UNREACHABLE, unconfirmed } from './failures.ts'
import type { WaitOptions } from './options.ts'
import type { Outcomes, RedisClient, RedisNode } from './redis-client.ts'
import { answersOf, LATER } from './scripts.ts'

/**
 * A batch of at least this many calls is split in two if Redis is idle, so that Redis works on one half while this
 * process handles the answers of the other. The second half is sent after the first was written, because Redis answers
 * commands together if it reads them together.
 */
const DIVISIBLE = 8

/** Calls that are sent to a node in one command. */
interface Sent {
  node: RedisNode
  calls: GatheredCommand[]
  /** True if the command contains the script's text. */
  withText: boolean
  /** In ms of `performance.now()`. */
  at: number
}

/**
 * All keys with a prefix: the records of a type, or its index. The calls of one turn of the event loop are sent to a
 * node in one script call, or, in a cluster, in one pipeline, because keys are in different slots. A script call has
 * keys of one keyspace only, because Redis checks the rights to all keys before it runs a script. Each call has its own
 * outcome.
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

  /** Runs a command. Rejects with CommandFailed, or with UnknownOutcomeError if too few replicas confirm a write. */
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
        send: (gathered) => this.#send(node, this.client.routes ? alone(gathered) : batchesOf(gathered)),
        // WAIT blocks the connection, so all calls share one WAIT.
        now: (count) => (count >= DIVISIBLE && node.inFlight === 0 && !this.#wait ? Math.ceil(count / 2) : count),
        defer: (flush) => (node.waiting ? node.waiting.then(flush) : nextTick(flush)),
      })
      this.#gathering.set(node, calls)
    }
    return calls
  }

  /** Sends one command for each part. */
  #send(node: RedisNode, parts: GatheredCommand[][], withText = false): void {
    const commands = parts.map((calls) => commandOf(calls, this.#prefixInCommand, withText))
    const at = performance.now()
    const sent = parts.map((calls): Sent => ({ node, calls, withText, at }))
    const isRead = parts.every((calls) => calls.every(({ request }) => request.effect === 'read'))
    if (this.#wait && !isRead) void this.#confirm(node, sent, commands, this.#wait)
    else for (const [n, one] of sent.entries()) void this.#answer(one, node.send(commands[n] as string[]))
  }

  async #answer(sent: Sent, answer: Promise<unknown>): Promise<void> {
    const { node } = sent
    node.asked()
    let reply: unknown
    try {
      reply = await answer
    } catch (error) {
      node.answered()
      return this.#recover(sent, error)
    }
    node.answered()
    this.#settle(sent, reply)
  }

  /** Sends the commands and a WAIT, which blocks the connection. Calls made meanwhile share the next WAIT. */
  async #confirm(node: RedisNode, sent: Sent[], commands: string[][], wait: WaitOptions): Promise<void> {
    const all = [...commands, ['WAIT', String(wait.replicas), String(wait.timeout)]]
    const answers = node.sendTogether(all).catch((reason): Outcomes => all.map(() => ({ status: 'rejected', reason })))
    node.waiting = answers
    node.asked()
    const outcomes = await answers
    node.answered()
    if (node.waiting === answers) node.waiting = null
    const waited = outcomes.pop() as PromiseSettledResult<unknown>
    const replicas = waited.status === 'fulfilled' ? Number(waited.value) : waited.reason
    const error = typeof replicas === 'number' && replicas >= wait.replicas ? null : unconfirmed(wait, replicas)
    for (const [n, one] of sent.entries()) {
      const outcome = outcomes[n] as PromiseSettledResult<unknown>
      if (outcome.status === 'fulfilled') this.#settle(one, outcome.value, error)
      else void this.#recover(one, outcome.reason)
    }
  }

  #settle(sent: Sent, reply: unknown, shortfall: UnknownOutcomeError | null = null): void {
    const { calls } = sent
    const replies = isScript(calls) ? reply : [reply]
    if (!Array.isArray(replies)) return void this.#recover(sent, new Error('the script has no list of answers'))
    let n = 0
    for (const one of calls) {
      const { request, call } = one
      const own: unknown = replies[n]
      if (own instanceof Error) one.reject(new CommandFailed(request.name, own))
      // Only the marker has no expiry after it: a stored text that equals it has one.
      else if (own === LATER && replies[n + 1] == null) one.resolve(this.run(request, call))
      else if (shortfall && request.effect !== 'read' && (request.hasWritten ?? hasWritten)(own)) one.reject(shortfall)
      else accept(one, own, replies[n + 1])
      n += answersOf(request.name)
    }
  }

  /** Resends calls that Redis did not run and that may succeed in another way. Rejects the others. */
  async #recover(sent: Sent, failure: unknown): Promise<void> {
    const { calls } = sent
    const code = replyCode(failure)
    const took = performance.now() - sent.at
    // Leaves out calls whose timeout would pass if the next answer took as long as this one.
    const inTime = calls.filter(({ call }) => call.isInTime && call.timeLeft > took)
    const again = inTime.length > 0 && this.#sendAgain({ ...sent, calls: inTime }, code) ? inTime : []
    if (again.length === calls.length) return
    if (code === null || isTransient(code)) await this.client.refresh(this.prefix + calls[0]?.request.id)
    for (const one of calls) if (!again.includes(one)) one.reject(new CommandFailed(one.request.name, failure))
  }

  /** Returns false if there is no other way to send the calls. */
  #sendAgain({ node, calls, withText }: Sent, code: string | null): boolean {
    const { routes } = this.client
    if (code === 'NOSCRIPT' && !withText) {
      this.#send(node, [calls], true)
    } else if (calls.length > 1 && code !== null && !isTransient(code)) {
      // Redis refused all calls because of one of them.
      this.#send(node, alone(calls), withText)
    } else if (routes && !this.#wait && !withText && (code === 'MOVED' || code === 'ASK')) {
      // A WAIT cannot be sent here: it must follow its write on the same connection, which is not known.
      const command = commandOf(calls, this.#prefixInCommand, true)
      const key = this.#prefixInCommand + calls[0]?.request.id
      const sent = { node, calls, withText: true, at: performance.now() }
      void this.#answer(sent, routes.follow(key, command))
    } else {
      return false
    }
    return true
  }
}

function alone(calls: GatheredCommand[]): GatheredCommand[][] {
  return calls.map((one) => [one])
}

function accept(one: GatheredCommand, reply: unknown, next: unknown): void {
  try {
    const { request } = one
    one.resolve(request.answer(reply, next))
  } catch (error) {
    one.reject(error)
  }
}
