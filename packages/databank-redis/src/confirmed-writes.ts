import type { UnknownOutcomeError } from '@sessionbank/databank-kit'
import { unconfirmed } from './failures.ts'
import type { WaitOptions } from './options.ts'
import type { RedisNode } from './redis-connection.ts'

/** What Redis answered to a write, and the error if it was done without the replicas that were asked for. */
export interface Confirmed {
  reply: unknown
  unconfirmed: UnknownOutcomeError | null
}

interface Write {
  encode(): string[]
  resolve(confirmed: Confirmed): void
  reject(error: unknown): void
}

/**
 * The writes of one node that are acknowledged when replicas have them. WAIT blocks its connection, so the writes that come
 * while one WAIT is on its way go together, with one WAIT behind them all.
 */
export class ConfirmedWrites {
  readonly #node: RedisNode
  readonly #wait: WaitOptions
  #queue: Write[] = []
  #isSending = false

  constructor(node: RedisNode, wait: WaitOptions) {
    this.#node = node
    this.#wait = wait
  }

  /** @param encode called when the write is sent; throws if it comes too late by then */
  write(encode: () => string[]): Promise<Confirmed> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ encode, resolve, reject })
      if (!this.#isSending) void this.#sendAll()
    })
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    // Those of the same tick go together from the first on.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#send(this.#queue.splice(0))
    this.#isSending = false
  }

  /** Never rejects: each write learns its own outcome. */
  async #send(queue: Write[]): Promise<void> {
    const writes: Write[] = []
    const commands: string[][] = []
    for (const write of queue) {
      try {
        commands.push(write.encode())
        writes.push(write)
      } catch (error) {
        write.reject(error)
      }
    }
    if (writes.length === 0) return
    const { replicas, timeout } = this.#wait
    commands.push(['WAIT', String(replicas), String(timeout)])
    const answers = await Promise.allSettled(this.#node.sendTogether(commands))
    const waited = answers[writes.length] as PromiseSettledResult<unknown>
    const confirmed = waited.status === 'fulfilled' ? Number(waited.value) : waited.reason
    const error = typeof confirmed === 'number' && confirmed >= replicas ? null : unconfirmed(this.#wait, confirmed)
    for (const [n, write] of writes.entries()) {
      const answer = answers[n] as PromiseSettledResult<unknown>
      if (answer.status === 'rejected') write.reject(answer.reason)
      else write.resolve({ reply: answer.value, unconfirmed: error })
    }
  }
}
