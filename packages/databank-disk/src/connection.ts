import { NotConnectedError } from '@sessionbank/databank-kit'
import type { Environment } from './environment.ts'

/** One bank's hold on an environment. It knows the writes under way, so that closing can wait for them. */
export class Connection {
  readonly environment: Environment
  #underWay = 0
  #closing = false
  #idle: (() => void) | undefined

  constructor(environment: Environment) {
    this.environment = environment
  }

  /** Long operations look here between two steps. */
  get closing(): boolean {
    return this.#closing
  }

  /** A stream that was suspended while the bank was closed must not touch the database again. */
  assertOpen(): void {
    if (this.#closing) throw new NotConnectedError()
  }

  /** Lets the reads that follow see all that any process has written so far. */
  refresh(): void {
    this.environment.refresh()
  }

  async track<T>(operation: () => Promise<T>): Promise<T> {
    this.#underWay++
    try {
      return await operation()
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#idle?.()
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    await this.environment.release()
  }
}
