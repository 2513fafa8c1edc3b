/** The methods of a bunyan or pino logger that the store uses. */
export interface Logger {
  /** Returns a logger that adds these fields to its lines. */
  child?(fields: { component: string }): Logger
  /** Writes a line for an operation. */
  debug(fields: object, message: string): void
  /** Writes a line for an error that no caller receives. */
  error(fields: object, message: string): void
}

/** A store's log: one line per operation, with the session's handle, and with contents only if `logContents` is set. */
export class StoreLog {
  readonly #logger: Logger
  readonly #contents: boolean

  constructor(logger: Logger, component: string, contents: boolean) {
    this.#logger = logger.child?.({ component }) ?? logger
    this.#contents = contents
  }

  /** @param contents returns fields that are logged only with `logContents` */
  debug(message: string, fields: object = {}, contents?: () => object): void {
    this.#logger.debug(this.#contents ? { ...fields, ...contents?.() } : fields, message)
  }

  error(error: Error): void {
    this.#logger.error({ err: error }, error.message)
  }
}
