/** What we use of a bunyan or pino logger. */
export interface Logger {
  /** Returns a logger whose lines have these fields. */
  child?(fields: { component: string }): Logger
  /** Writes a line for an operation. */
  debug(fields: object, message: string): void
  /** Writes a line for an error that no caller waits for. */
  error(fields: object, message: string): void
}

/** A store's log: one line for each operation, with the session's handle, and its content only if the app asked for it. */
export class StoreLog {
  readonly #logger: Logger
  readonly #contents: boolean

  constructor(logger: Logger, component: string, contents: boolean) {
    this.#logger = logger.child?.({ component }) ?? logger
    this.#contents = contents
  }

  /** @param contents returns what only `logContents` lets through */
  debug(message: string, fields: object = {}, contents?: () => object): void {
    this.#logger.debug(this.#contents ? { ...fields, ...contents?.() } : fields, message)
  }

  error(error: Error): void {
    this.#logger.error({ err: error }, error.message)
  }
}
