import { randomBytes } from 'node:crypto'
import type { BankConnection, Databank, Schema } from '../databank.ts'
import type { Records, RecordsBank, StoredRecord } from '../records.ts'

type Bank = Databank & Partial<RecordsBank> & Partial<Pick<BankConnection, 'ping'>>

/** The description of a driver to test. */
export interface ConformingDriver {
  /** The name in the test report. */
  name: string
  /** Returns a new, connected bank on the same database. Each run uses new types, so the database need not be empty. */
  connect(schema: Schema): Promise<Bank>
  /** The records under test. Default: `bank.records(type)`. */
  records?(bank: Bank, type: string): Records
  /** True if the database removes expired records by itself, so that `deleteExpired` returns 0. Default: false. */
  expiresItself?: boolean
  /** True if all connections, current and later, see the same records. Default: true. */
  persistent?: boolean
  /** True if a record's text is returned unchanged; false if it may be respelled. Default: true. */
  exactText?: boolean
}

/** The functions of a test runner that the suite uses: those of Jest, Vitest, Mocha or `node:test`. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown
  /** Registers a test. */
  it(name: string, body: () => Promise<void>): unknown
  /** Registers a hook that runs before all tests (Jest, Vitest). */
  beforeAll?(hook: () => Promise<void>): unknown
  /** Registers a hook that runs before all tests (Mocha, `node:test`). */
  before?(hook: () => Promise<void>): unknown
  /** Registers a hook that runs after all tests (Jest, Vitest). */
  afterAll?(hook: () => Promise<void>): unknown
  /** Registers a hook that runs after all tests (Mocha, `node:test`). */
  after?(hook: () => Promise<void>): unknown
}

interface Fresh {
  type: string
  records: Records
  bank: Bank
}

/** The context of the tests in one file of the suite. */
export interface Chapter {
  driver: ConformingDriver
  it: TestRunner['it']
  /** Returns the records of an unused type with indexes on {@link INDICES}. */
  records(): Records
  /** Returns the same as `records`, with the bank and the type. */
  fresh(): Fresh
  /** Returns the same as `fresh`, for a type without indexes. */
  freshUnindexed(): Fresh
  recordsOf(bank: Bank, type: string): Records
  schema: Schema
}

export const INDICES = ['user', 'profile.team']
const INDEXED_TYPES = 150
const UNINDEXED_TYPES = 20

export function openChapter(driver: ConformingDriver, runner: TestRunner): Chapter {
  const run = `c${randomBytes(5).toString('hex')}`
  const indexed = Array.from({ length: INDEXED_TYPES }, (_, i) => `${run}x${i}`)
  const unindexed = Array.from({ length: UNINDEXED_TYPES }, (_, i) => `${run}y${i}`)
  const schema: Schema = Object.fromEntries([
    ...indexed.map((type) => [type, { pkey: 'sid', indices: INDICES }]),
    ...unindexed.map((type) => [type, { pkey: 'sid' }]),
  ])
  const used: string[] = []
  let bank: Bank | undefined

  const before = runner.beforeAll ?? runner.before
  const after = runner.afterAll ?? runner.after
  before?.(async () => {
    bank = await driver.connect(schema)
  })
  after?.(async () => {
    if (!bank) return
    const open = bank
    for (const type of used) await recordsOf(open, type).clear()
    await disconnect(open)
  })

  function recordsOf(from: Bank, type: string): Records {
    if (driver.records) return driver.records(from, type)
    if (!from.records) throw new Error(`${driver.name}: the bank has no records() method`)
    return from.records(type)
  }

  function next(types: string[]): Fresh {
    const type = types.shift()
    if (!bank || type === undefined) throw new Error('the bank is not open yet, or the suite ran out of types')
    used.push(type)
    return { type, records: recordsOf(bank, type), bank }
  }

  const fresh = () => next(indexed)
  const freshUnindexed = () => next(unindexed)
  return { driver, it: runner.it, records: () => fresh().records, fresh, freshUnindexed, recordsOf, schema }
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

/** Returns the properties of a record that the contract defines; a driver may add others. */
export function plain(record: StoredRecord | null) {
  return record && { json: record.json, revision: record.revision, expires: record.expires }
}

/** More than one page or batch of any database: MongoDB's first batch has 101, Couchbase and others stop at 1,000. */
export const MANY = 1_050
export const MINUTE = 60_000
export const DAY = 86_400_000
/** Returns an expiry in the past. */
export const past = () => Date.now() - MINUTE
/** Returns an expiry in the near future. */
export const soon = () => Date.now() + MINUTE
