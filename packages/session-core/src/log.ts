/** What we use of a bunyan or pino logger. */
export interface Logger {
  child?(fields: { component: string }): Logger
  debug(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A store's log: one line for each operation, with neither ids nor contents unless the app asked for them. */
export class StoreLog {
  readonly #logger: Logger
  readonly #contents: boolean

  constructor(logger: Logger, component: string, contents: boolean) {
    this.#logger = logger.child?.({ component }) ?? logger
    this.#contents = contents
  }

  /** @param contents what only `logContents` lets through */
  debug(message: string, contents: object = {}, fields: object = {}): void {
    this.#logger.debug(this.#contents ? { ...fields, ...contents } : fields, message)
  }

  error(error: Error): void {
    this.#logger.error({ err: error }, error.message)
  }
}

/** Tells the log, if there is one, of an operation once it is done. Returns the operation's outcome. */
export function logged<T>(
  log: StoreLog | null,
  outcome: Promise<T>,
  message: string,
  about: Parameters<StoreLog['debug']>[1],
): Promise<T> {
  if (!log) return outcome
  return outcome.then((result) => {
    log.debug(message, about)
    return result
  })
}
