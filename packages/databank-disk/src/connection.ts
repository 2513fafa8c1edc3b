import { NotConnectedError } from '@sessionbank/databank-kit'
import type { Environment } from './environment.ts'
import { FolderCheck } from './folder-check.ts'

/** One bank's hold on an environment. It knows the writes under way, so that closing can wait for them. */
export class Connection {
  readonly environment: Environment
  readonly #folder: FolderCheck
  #underWay = 0
  #closing = false
  #idle: (() => void) | undefined

  /** @param directory by which path the bank came to the environment; another bank may have come by another */
  constructor(environment: Environment, directory: string) {
    this.environment = environment
    this.#folder = new FolderCheck(directory, environment.files)
  }

  /** Long operations look here between two steps. */
  get closing(): boolean {
    return this.#closing
  }

  /** A stream that was suspended while the bank was closed must not touch the database again. */
  assertOpen(): void {
    if (this.#closing) throw new NotConnectedError()
  }

  /**
   * Lets the reads that follow see all that any process has written so far. Every operation begins with it.
   *
   * @throws OperationError if the folder was removed or replaced
   */
  refresh(): void {
    this.#folder.assertUnchanged()
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
    this.#folder.stop()
    await this.environment.release()
  }
}
