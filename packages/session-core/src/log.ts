/** What we use of a bunyan or pino logger. */
export interface Logger {
  child?(fields: { component: string }): Logger
  debug(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * A store's log: one line for each operation, with neither ids nor contents unless the app asked for them.
 */
export class StoreLog {
  readonly #logger: Logger | null
  readonly #contents: boolean

  constructor(logger: Logger | null, component: string, contents: boolean) {
    this.#logger = logger?.child?.({ component }) ?? logger
    this.#contents = contents
  }

  debug(message: string, fields: object = {}, contents: () => object = nothing): void {
    this.#logger?.debug(this.#contents ? { ...fields, ...contents() } : fields, message)
  }

  error(message: string, error: unknown): void {
    this.#logger?.error({ err: error }, message)
  }
}

function nothing(): object {
  return {}
}
