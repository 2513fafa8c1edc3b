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

/** The part of the time left for which the writes of an exchange wait for a lock, before each is sent alone. */
const TOGETHER_SHARE = 1 / 8
/** The same for one that is then alone: it leaves time to hear that the write was not done. */
const ALONE_SHARE = 7 / 8
/** How many timeouts the server has to answer a write that it was asked to cancel. */
const PATIENCE = 3

const guarded = new WeakSet<PgPool>()

/** Sends the calls of a bank over a pool. */
export class Connection {
  readonly calls: Calls
  readonly statements: Statements
  readonly #pool: PgPool
  readonly #own: OwnPool | undefined
  /** How to end what is on a connection. */
  readonly #underWay = new Set<(error: Error) => void>()

  private constructor({ table, timeout, prepare, pool }: Options, own: OwnPool | undefined) {
    this.calls = new Calls({ database: 'PostgreSQL', timeout, failureOf })
    this.statements = statementsFor(table, prepare)
    this.#own = own
    this.#pool = own ?? (pool as PgPool)
    // An idle connection that breaks makes the pool emit 'error', which ends a process where nobody listens.
    if (!guarded.has(this.#pool)) this.#pool.on('error', () => {})
    guarded.add(this.#pool)
  }

  /** Rejects with a ConnectError that says what to check, and leaves nothing open then. */
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

  /** Waits for the calls under way, but no longer than the time of a call. A pool that the app handed in stays open. */
  async close(): Promise<void> {
    await this.calls.close()
    for (const end of this.#underWay) end(new ExchangeError('the bank was disconnected'))
    await this.#own?.end()
  }

  /** Returns what sends the calls of a tick, so many in one exchange: all of them reads, or all of them writes. */
  callsOfATick(most: number): CallsOfATick<Query, Answer> {
    return new CallsOfATick({ most, send: (calls) => this.#send(calls) })
  }

  /** Sends statements that are needed once, in one transaction. */
  ask(call: Call, ...texts: string[]): Promise<Answer[]> {
    return this.#exchange([call], true, () => texts.map((text) => query({ name: '', text, isWrite: true }, [])))
  }

  /**
   * Sends calls in one exchange. If one of them is refused nothing was done, and each is sent alone. Reads are sent a second
   * time if the connection broke.
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

  /** Returns what keeps a record that another transaction has locked from holding up the others of an exchange for long. */
  #lockTimeout(calls: Gathered[]): Query {
    const timeLeft = Math.min(...calls.map(({ call }) => call.timeLeft))
    const wait = timeLeft * (calls.length > 1 ? TOGETHER_SHARE : ALONE_SHARE)
    return query(this.statements.lockTimeout, [Math.ceil(wait)])
  }

  /**
   * Lends a client for one exchange. Whatever goes wrong costs its connection.
   *
   * If the time of all calls is up, a read is given up. A write is cancelled, and settled by what the server then answers: a
   * write that comes later must not be overtaken by it.
   *
   * @param queriesOf asked once there is a connection; nothing is sent if there are none by then
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
        // With true the pool closes the connection: what is still to come on it belongs to no call. Not with the error,
        // which the pool shows to its listeners.
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
          // The own pool has the time of a call, and may hear first that it is up.
          if (client) isSettled ? release() : use(client, release)
          else fail(this.#own && isPoolTimeout(error) ? (calls[0] as Call).timedOut() : unsent(error))
        })
      } catch (error) {
        fail(unsent(error))
      }
    })
  }
}

/** Statements of one transaction lock rows: in the same order in all processes, or two of them would deadlock. */
function byId(a: Gathered, b: Gathered): number {
  const [idA, idB] = [a.request.values[1] ?? '', b.request.values[1] ?? '']
  return idA < idB ? -1 : idA > idB ? 1 : 0
}
