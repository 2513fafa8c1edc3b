import {
  type Call,
  Calls,
  CallsOfATick,
  ConnectError,
  clearTimeout,
  type GatheredCall,
  inTime,
  LONGEST_DELAY,
  loadClient,
  openWithin,
  setTimeout,
  type Timer,
} from '@sessionbank/databank-kit'
import { cancel } from './cancel.ts'
import { type Answer, Exchange, type OnAnswers, type Query, query } from './exchange.ts'
import {
  adviceOn,
  ExchangeError,
  failureOf,
  isPoolTimeout,
  isRolledBack,
  isStarting,
  SAFE_FIELDS,
  unsent,
} from './failures.ts'
import { type Options, type PgClient, type PgPool, type PgRelease, unsupportedMode } from './options.ts'
import { addressOf, type OwnPool, ownPool } from './own-pool.ts'
import { type Statements, statementsFor } from './statements.ts'
import { prepareTable } from './table.ts'

type Gathered = GatheredCall<Query, Answer>

/** Maximum wait for a lock of writes that are sent together, as a share of the time left. Then each is sent alone. */
const TOGETHER_SHARE = 1 / 8
/** The same for a single write. The rest of the time is needed for the answer that it was not done. */
const ALONE_SHARE = 7 / 8
/** How long the server may take to answer a cancelled write, in multiples of `timeout`. */
const PATIENCE = 3

const guarded = new WeakSet<PgPool>()

/** Sends the calls of a bank over a pool. */
export class Connection {
  readonly calls: Calls
  readonly statements: Statements
  readonly #pool: PgPool
  readonly #own: OwnPool | undefined
  /** Functions that make the running exchanges fail. */
  readonly #underWay = new Set<(error: Error) => void>()

  private constructor({ table, timeout, prepare, pool }: Options, own: OwnPool | undefined) {
    this.calls = new Calls({ database: 'PostgreSQL', timeout, failureOf })
    this.statements = statementsFor(table, prepare)
    this.#own = own
    this.#pool = own ?? (pool as PgPool)
    // Without a listener, an idle connection that breaks would end the process by the pool's 'error' event.
    if (!guarded.has(this.#pool)) this.#pool.on('error', () => {})
    guarded.add(this.#pool)
  }

  /** Opens a connection. If that fails, closes everything and rejects with a ConnectError that says what to check. */
  static async open(options: Options): Promise<Connection> {
    const { server, timeout, library } = options
    const pg = server && loadClient(['pg'], module.filename, library).exports
    const own = pg && (await ownPool(server, options, pg))
    const connection = new Connection(options, own)
    return openWithin({
      database: 'PostgreSQL',
      timeout,
      failureOf,
      open: (call) => prepareTable(connection, options, call).then(() => connection),
      close: () => connection.close(),
      server: () => (pg ? `PostgreSQL${addressOf(server.url, pg)}` : 'PostgreSQL through the given pool'),
      adviceOn,
      isTransient: isStarting,
      safeFields: SAFE_FIELDS,
    })
  }

  /** Waits for running calls, but not longer than the timeout. The app's own pool stays open. */
  async close(): Promise<void> {
    await this.calls.close()
    for (const end of this.#underWay) end(new ExchangeError('the bank was disconnected'))
    await this.#own?.end()
  }

  /**
   * Returns a queue that sends up to `most` calls of a tick in one exchange. They must all be reads or all be writes.
   */
  callsOfATick(most: number): CallsOfATick<Query, Answer> {
    return new CallsOfATick({ most, send: (calls) => this.#send(calls) })
  }

  /** Runs unprepared statements in one transaction. */
  ask(call: Call, ...texts: string[]): Promise<Answer[]> {
    return this.#exchange([call], true, () => texts.map((text) => query({ name: '', text, isWrite: true }, [])))
  }

  /**
   * Sends calls in one exchange. If the server refuses one of them, nothing was done and each is sent alone. If the
   * connection breaks, reads are sent once more.
   */
  async #send(gathered: Gathered[], isAgain = false): Promise<void> {
    const [first] = gathered
    if (!first) return
    const { isWrite } = first.request.statement
    let sent = gathered
    try {
      const calls = gathered.map(({ call }) => call)
      const answers = await this.#exchange(calls, isWrite, () => {
        sent = inTime(gathered)
        for (const { call } of sent) call.sent = true
        if (isWrite) sent.sort(byId)
        const queries = sent.map(({ request }) => request)
        if (isWrite && sent.length > (isAgain ? 0 : 1)) queries.unshift(this.#lockTimeout(sent))
        return queries
      })
      const own = answers.slice(-sent.length)
      for (const [n, one] of sent.entries()) one.resolve(own[n] as Answer)
    } catch (error) {
      const isRefused = isRolledBack(error)
      if (isRefused) for (const { call } of sent) call.sent = false
      if (isRefused && sent.length > 1) for (const one of inTime(sent)) void this.#send([one], true)
      else if (!isRefused && !isWrite && !isAgain) void this.#send(inTime(sent), true)
      else for (const one of sent) one.reject(error)
    }
  }

  /** Returns a query that sets a lock timeout, so that a locked record does not delay the other calls for long. */
  #lockTimeout(calls: Gathered[]): Query {
    const timeLeft = Math.min(...calls.map(({ call }) => call.timeLeft))
    const wait = timeLeft * (calls.length > 1 ? TOGETHER_SHARE : ALONE_SHARE)
    return query(this.statements.lockTimeout, [Math.ceil(wait)])
  }

  /**
   * Runs one exchange on a client of the pool. After any error, the connection is closed.
   *
   * If all calls have timed out, a read is given up. A write is cancelled and settled by the server's answer, so that
   * it cannot take effect after a later write.
   *
   * @param queriesOf called once there is a connection; if it returns no queries, nothing is sent
   */
  #exchange(calls: Call[], isWrite: boolean, queriesOf: () => Query[]): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      let isSettled = false
      let lent: { client: PgClient; release: PgRelease } | undefined
      let patience: Timer | undefined

      const settle: OnAnswers = (error, answers) => {
        if (isSettled) return
        isSettled = true
        clearTimeout(patience)
        this.#underWay.delete(fail)
        if (error === null) lent?.client.removeListener('error', fail)
        // True makes the pool close the connection, because later answers on it belong to no call. The error is not
        // passed, because the pool would show it to its listeners.
        lent?.release(error !== null || patience !== undefined)
        if (error === null) resolve(answers)
        else reject(error)
      }
      const fail = (error: Error) => settle(error, [])
      const giveUp = () => {
        if (isSettled || patience || !calls.every(({ isOver }) => isOver)) return
        const late = new ExchangeError('no answer in time')
        if (!lent || !isWrite) return fail(late)
        patience = setTimeout(fail, Math.min(PATIENCE * this.calls.timeout, LONGEST_DELAY), late)
        patience.unref()
        cancel(lent.client)
      }
      for (const call of calls) call.onTimeout = giveUp

      const use = (client: PgClient, release: PgRelease) => {
        lent = { client, release }
        this.#underWay.add(fail)
        client.on('error', fail)
        const mode = unsupportedMode(client)
        if (mode) return fail(new ConnectError(`the pool makes clients in ${mode} mode: use pg’s own defaults`))
        const queries = queriesOf()
        if (queries.length === 0) settle(null, [])
        else client.query(new Exchange(queries, settle) as never)
      }
      try {
        this.#pool.connect((error, client, release) => {
          // The driver's own pool has the same timeout as the call, and may report it first.
          if (client) isSettled ? release() : use(client, release)
          else fail(this.#own && isPoolTimeout(error) ? (calls[0] as Call).timedOut() : unsent(error))
        })
      } catch (error) {
        fail(unsent(error))
      }
    })
  }
}

/** Sorts the statements of a transaction, so that all processes lock rows in the same order and do not deadlock. */
function byId(a: Gathered, b: Gathered): number {
  const [idA, idB] = [a.request.values[1] ?? '', b.request.values[1] ?? '']
  return idA < idB ? -1 : idA > idB ? 1 : 0
}
