import { randomBytes } from 'node:crypto'
import type { BankConnection, Databank, Schema } from '../databank.ts'
import type { Records, RecordsBank, StoredRecord } from '../records.ts'

type Bank = Databank & Partial<RecordsBank> & Partial<Pick<BankConnection, 'ping'>>

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
  /** What one connection writes is there for the others, at the same time and later. Default: true. */
  persistent?: boolean
  /** The text of a record comes back to the letter; false: as another text of the same meaning. Default: true. */
  exactText?: boolean
}

/** The part of a test runner that the suite uses: Jest, Vitest and Mocha as they are, or `node:test`. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown
  /** Registers a test. */
  it(name: string, body: () => Promise<void>): unknown
  /** Registers what runs before the tests: Jest, Vitest. */
  beforeAll?(hook: () => Promise<void>): unknown
  /** The same in Mocha and `node:test`. */
  before?(hook: () => Promise<void>): unknown
  /** Registers what runs after the tests: Jest, Vitest. */
  afterAll?(hook: () => Promise<void>): unknown
  /** The same in Mocha and `node:test`. */
  after?(hook: () => Promise<void>): unknown
}

interface Fresh {
  type: string
  records: Records
  bank: Bank
}

/** What each chapter of the suite is given. */
export interface Chapter {
  driver: ConformingDriver
  it: TestRunner['it']
  /** A type that no other test uses, under a schema that indexes {@link INDICES}. */
  records(): Records
  /** The same, with its name. */
  fresh(): Fresh
  /** One whose type has no index. */
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

/** What the contract says of a record; a driver may give more. */
export function plain(record: StoredRecord | null) {
  return record && { json: record.json, revision: record.revision, expires: record.expires }
}

/** More than any page, batch or default limit of a database: MongoDB's first batch has 101, Couchbase and others cap at 1,000. */
export const MANY = 1_050
export const MINUTE = 60_000
export const DAY = 86_400_000
/** An expiry that has passed. */
export const past = () => Date.now() - MINUTE
/** An expiry to come. */
export const soon = () => Date.now() + MINUTE
