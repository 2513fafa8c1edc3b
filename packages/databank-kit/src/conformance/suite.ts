import { randomBytes } from 'node:crypto'
import type { Databank, Schema } from '../databank.ts'
import type { Records, RecordsBank, StoredRecord } from '../records.ts'

type Bank = Databank & Partial<RecordsBank>

/** What the suite has to know of a driver. */
export interface ConformingDriver {
  /** As it shall stand in the report. */
  name: string
  /** Gives a connected bank, each time a new one on the same database. Types are new in each run, so nothing need be empty. */
  connect(schema: Schema): Promise<Bank>
  /** The records under test. Default: `bank.records(type)`. */
  records?(bank: Bank, type: string): Records
  /** The database removes expired records by itself, so `deleteExpired` gives 0. Default: false. */
  expiresItself?: boolean
  /** What was written is there for the next connection. Default: true. */
  persistent?: boolean
}

/** The part of a test runner that the suite uses: Jest, Vitest and Mocha as they are, or `node:test`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
  beforeAll?(hook: () => Promise<void>): unknown
  before?(hook: () => Promise<void>): unknown
  afterAll?(hook: () => Promise<void>): unknown
  after?(hook: () => Promise<void>): unknown
}

/** What each chapter of the suite is given. */
export interface Chapter {
  driver: ConformingDriver
  it: TestRunner['it']
  /** A type that no other test uses, under a schema that indexes {@link INDICES}. */
  records(): Records
  /** The same, with its name. */
  fresh(): { type: string; records: Records; bank: Bank }
  recordsOf(bank: Bank, type: string): Records
  schema: Schema
}

export const INDICES = ['user', 'profile.team']
const TYPES_PER_RUN = 100

export function openChapter(driver: ConformingDriver, runner: TestRunner): Chapter {
  const run = `c${randomBytes(5).toString('hex')}`
  const types = Array.from({ length: TYPES_PER_RUN }, (_, i) => `${run}x${i}`)
  const schema: Schema = Object.fromEntries(types.map((type) => [type, { pkey: 'sid', indices: INDICES }]))
  let bank: Bank | undefined

  const before = runner.beforeAll ?? runner.before
  const after = runner.afterAll ?? runner.after
  before?.(async () => {
    bank = await driver.connect(schema)
  })
  after?.(async () => {
    if (!bank) return
    const open = bank
    for (const type of types) await recordsOf(open, type).clear()
    await disconnect(open)
  })

  function recordsOf(from: Bank, type: string): Records {
    if (driver.records) return driver.records(from, type)
    if (!from.records) throw new Error(`${driver.name}: the bank has no records() method`)
    return from.records(type)
  }

  function fresh() {
    const type = types.shift()
    if (!bank || type === undefined) throw new Error('the bank is not open yet, or the suite ran out of types')
    types.push(type)
    return { type, records: recordsOf(bank, type), bank }
  }

  return { driver, it: runner.it, records: () => fresh().records, fresh, recordsOf, schema }
}

export function disconnect(bank: Databank): Promise<void> {
  return new Promise((resolve, reject) => bank.disconnect((error) => (error ? reject(error) : resolve())))
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function idsOf(items: AsyncIterable<[string, unknown]>): Promise<string[]> {
  return (await collect(items)).map(([id]) => id).sort()
}

/** What the contract says of a record; a driver may give more. */
export function plain(record: StoredRecord | null) {
  return record && { json: record.json, revision: record.revision, expires: record.expires }
}

export const MINUTE = 60_000
export const DAY = 86_400_000
/** An expiry that has passed. */
export const past = () => Date.now() - MINUTE
/** An expiry to come. */
export const soon = () => Date.now() + MINUTE
