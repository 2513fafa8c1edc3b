import { Calls } from '@sessionbank/databank-kit'
import type { Environment } from './environment.ts'
import { failureOf } from './failures.ts'
import { FolderCheck } from './folder-check.ts'

/** One bank's hold on an environment. */
export class Connection {
  readonly environment: Environment
  readonly calls: Calls
  readonly #folder: FolderCheck

  /** @param directory by which path the bank came to the environment; another bank may have come by another */
  constructor(environment: Environment, directory: string, timeout: number) {
    this.environment = environment
    this.calls = new Calls({ database: 'the disk bank', timeout, failureOf })
    this.#folder = new FolderCheck(directory, environment.files)
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

  async close(): Promise<void> {
    const idle = this.calls.close()
    if (idle) await idle
    this.#folder.stop()
    await this.environment.release()
  }
}
