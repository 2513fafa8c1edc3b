import { safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'
import type { RedisNode } from './connection.ts'
import { describeRefusal, replyCode } from './reply-error.ts'

/** How many replicas must have a write before it counts, and how many ms they may take. */
export interface WaitOptions {
  replicas: number
  timeout: number
}

interface Write {
  command: readonly string[]
  resolve(reply: unknown): void
  reject(error: unknown): void
}

/** What a write rejects with that was still in the queue when its time was up. */
export class StillQueued extends Error {}

/**
 * The writes of one node whose acknowledgement waits for replicas. WAIT blocks its connection, so the writes that come
 * while one WAIT is on its way go together, with one WAIT behind them all.
 */
export class ConfirmedWrites {
  readonly #node: RedisNode
  readonly #options: WaitOptions
  #queue: Write[] = []
  #isSending = false

  constructor(node: RedisNode, options: WaitOptions) {
    this.#node = node
    this.#options = options
  }

  /** Rejects with UnknownOutcomeError if too few replicas confirm in time; as the connection does if the write fails. */
  write(command: readonly string[], timeout: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const write = { command, resolve, reject }
      this.#queue.push(write)
      const timer = setTimeout(() => this.#giveUp(write), timeout)
      const done = (settle: (outcome: unknown) => void) => (outcome: unknown) => {
        clearTimeout(timer)
        settle(outcome)
      }
      write.resolve = done(resolve)
      write.reject = done(reject)
      if (!this.#isSending) void this.#sendAll()
    })
  }

  #giveUp(write: Write): void {
    const position = this.#queue.indexOf(write)
    if (position === -1) {
      write.reject(new UnknownOutcomeError('Redis did not answer a write in time: it may or may not have been done'))
      this.#node.notAnswering()
      return
    }
    this.#queue.splice(position, 1)
    write.reject(new StillQueued('Redis was still waiting for the replicas of earlier writes'))
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    // Those of the same tick go together from the first on.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#send(this.#queue.splice(0))
    this.#isSending = false
  }

  /** Never rejects: each write learns its own outcome. */
  async #send(writes: Write[]): Promise<void> {
    const wait = ['WAIT', String(this.#options.replicas), String(this.#options.timeout)]
    const answers = await Promise.allSettled(this.#node.sendTogether([...writes.map(({ command }) => command), wait]))
    const waited = answers[writes.length] as PromiseSettledResult<unknown>
    const confirmed = waited.status === 'fulfilled' ? Number(waited.value) : 0
    for (const [n, write] of writes.entries()) {
      const answer = answers[n]
      if (answer?.status === 'rejected') write.reject(answer.reason)
      else if (confirmed >= this.#options.replicas || !hasWritten(answer?.value)) write.resolve(answer?.value)
      else write.reject(waited.status === 'rejected' ? notWaited(waited.reason) : this.#unconfirmed(confirmed))
    }
  }

  #unconfirmed(confirmed: number): UnknownOutcomeError {
    const { replicas, timeout } = this.#options
    return new UnknownOutcomeError(
      `Redis did the write, but ${confirmed} instead of ${replicas} replicas confirmed it within ${timeout} ms: a ` +
        'fail-over may lose it. Check the replicas, or ask for fewer with `wait`',
    )
  }
}

/** The write was done, and its WAIT was refused or had no answer. */
function notWaited(error: unknown): UnknownOutcomeError {
  const code = replyCode(error)
  const why = code === null ? 'the connection was lost before a replica confirmed it' : describeRefusal(code, 'WAIT')
  return new UnknownOutcomeError(`Redis did the write, but ${why}: a fail-over may lose it`, safeCause(error))
}

/** 0 and nil are the answers of a write that did nothing: its condition did not hold, or there was nothing to delete. */
function hasWritten(reply: unknown): boolean {
  return reply !== null && reply !== 0 && reply !== '0'
}
