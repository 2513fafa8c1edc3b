import type { StoredRecord } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { recordsOf } from '@sessionbank/session-core/adapter'
import type { App, Framework, StartOptions } from './apps/app.ts'
import { type BankUnderTest, Connections } from './banks.ts'
import { Client } from './client.ts'
import type { StoredForm } from './documented-form.ts'
import { formUnder } from './protection.ts'

/** What the tests of one `describe` play on: a bank, and the apps that they start on it. All of it ends with them. */
export class Stage {
  readonly connections: Connections
  readonly #protection: BankUnderTest['protection']
  readonly #form: StoredForm
  readonly #apps = new Set<App>()
  #bank: OpenBank | undefined

  constructor(kind: BankUnderTest) {
    this.connections = new Connections(kind)
    this.#protection = kind.protection
    this.#form = formUnder(kind.protection)
  }

  get bank(): OpenBank {
    if (!this.#bank) throw new Error('the bank is opened before the first test')
    return this.#bank
  }

  async build(): Promise<void> {
    await this.connections.prepare()
    this.#bank = await this.connections.another()
  }

  /** Starts an app; on the stage's own connection if the options name no other. */
  async start(framework: Framework, options: Partial<StartOptions> = {}): Promise<App> {
    const app = await framework.start({ bank: this.bank, protection: this.#protection, ...options })
    this.#apps.add(app)
    return app
  }

  async stop(app: App): Promise<void> {
    this.#apps.delete(app)
    await app.close()
  }

  /** Two apps on two connections: two processes, as far as the bank can see. */
  async startTwo(framework: Framework, options: Partial<StartOptions> = {}): Promise<[App, App]> {
    const bank = await this.connections.another()
    return [await this.start(framework, options), await this.start(framework, { ...options, bank })]
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#apps].map((app) => this.stop(app)))
    await this.connections.remove()
  }

  /** A client that has logged in, and its session's id. */
  async login(app: App, user = 'ann'): Promise<{ client: Client; sid: string }> {
    const client = new Client(app)
    const { sid } = await client.send('login', { user })
    return { client, sid }
  }

  /** What the bank holds, seen from below the stores. */
  get records() {
    return this.bank.records?.('session') ?? recordsOf(this.bank, 'session', { timeout: 5_000 })
  }

  /** The stored session; null where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what is in a session is known where it is read
  async stored(sid: string): Promise<Record<string, any> | null> {
    const record = await this.record(sid)
    return record && JSON.parse(record.json)
  }

  /** The stored record, opened if it is sealed; null if there is none. */
  async record(sid: string): Promise<StoredRecord | null> {
    const stored = await this.records.read(this.idOf(sid))
    if (!stored) return null
    const { json, revision, expires } = stored
    return { json: this.#form.opened(sid, json), revision, expires }
  }

  /** The id under which the bank holds a session. */
  idOf(sid: string): string {
    return this.#form.idOf(sid)
  }

  /** When the stored session ends, in ms since the epoch. */
  async expiryOf(sid: string): Promise<number | null | undefined> {
    return (await this.records.read(this.idOf(sid)))?.expires
  }

  /** Puts a session into the bank beside the stores. */
  async plant(sid: string, session: string | object, life = 3_600_000): Promise<void> {
    const expires = Date.now() + life
    const record = typeof session === 'string' ? session : JSON.stringify(session)
    await this.records.write(this.idOf(sid), this.#form.stored(sid, record), { expires })
  }

  /** Puts something into the bank that need not be a session. */
  plantValue(sid: string, value: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.bank.save('session', this.idOf(sid), value, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** A connection that has been closed. */
  async disconnected(): Promise<OpenBank> {
    const bank = await openDatabank(this.connections.url)
    await bank.disconnect()
    return bank
  }

  /** Lets a session end now, on any bank and by any clock. */
  async expire(sid: string): Promise<void> {
    await this.records.touch(this.idOf(sid), Date.now() - 1_000)
  }
}

export function useStage(kind: BankUnderTest): Stage {
  const stage = new Stage(kind)
  beforeAll(() => stage.build())
  afterAll(() => stage.clear())
  return stage
}
