import type { StoredRecord } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { recordsOf } from '@sessionbank/session-core/adapter'
import type { App, Framework, StartOptions } from './apps/app.ts'
import { type BankUnderTest, Connections } from './banks.ts'
import { Client } from './client.ts'
import type { StoredForm } from './documented-form.ts'
import { formUnder } from './protection.ts'

/** The bank of the tests of one `describe`, and the apps that they start on it. All are closed after the tests. */
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

  /** Starts an app, on the stage's own connection unless the options have another one. */
  async start(framework: Framework, options: Partial<StartOptions> = {}): Promise<App> {
    const app = await framework.start({ bank: this.bank, protection: this.#protection, ...options })
    this.#apps.add(app)
    return app
  }

  async stop(app: App): Promise<void> {
    this.#apps.delete(app)
    await app.close()
  }

  /** Starts two apps on two connections, which look like two processes to the bank. */
  async startTwo(framework: Framework, options: Partial<StartOptions> = {}): Promise<[App, App]> {
    const bank = await this.connections.another()
    return [await this.start(framework, options), await this.start(framework, { ...options, bank })]
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#apps].map((app) => this.stop(app)))
    await this.connections.remove()
  }

  /** Returns a client that has logged in, and its session id. */
  async login(app: App, user = 'ann'): Promise<{ client: Client; sid: string }> {
    const client = new Client(app)
    const { sid } = await client.send('login', { user })
    return { client, sid }
  }

  /** The records of the bank. */
  get records() {
    return this.bank.records?.('session') ?? recordsOf(this.bank, 'session', { timeout: 5_000 })
  }

  /** Returns the stored session, or null if there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of the session
  async stored(sid: string): Promise<Record<string, any> | null> {
    const record = await this.record(sid)
    return record && JSON.parse(record.json)
  }

  /** Returns the stored record, decrypted if it is sealed, or null if there is none. */
  async record(sid: string): Promise<StoredRecord | null> {
    const stored = await this.records.read(this.idOf(sid))
    if (!stored) return null
    const { json, revision, expires } = stored
    return { json: this.#form.opened(sid, json), revision, expires }
  }

  /** Returns the id under which the bank stores a session. */
  idOf(sid: string): string {
    return this.#form.idOf(sid)
  }

  /** Returns the expiry of the stored session, in ms since the epoch. */
  async expiryOf(sid: string): Promise<number | null | undefined> {
    return (await this.records.read(this.idOf(sid)))?.expires
  }

  /** Writes a session into the bank without a store. */
  async plant(sid: string, session: string | object, life = 3_600_000): Promise<void> {
    const expires = Date.now() + life
    const record = typeof session === 'string' ? session : JSON.stringify(session)
    await this.records.write(this.idOf(sid), this.#form.stored(sid, record), { expires })
  }

  /** Writes any value into the bank without a store. */
  plantValue(sid: string, value: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.bank.save('session', this.idOf(sid), value, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Returns a connection that has been closed. */
  async disconnected(): Promise<OpenBank> {
    const bank = await openDatabank(this.connections.url)
    await bank.disconnect()
    return bank
  }

  /** Makes a session expire now, on any bank and with any clock. */
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
