import { EventEmitter } from 'node:events'
import { COVERAGE_TYPE, IndexCoverage, type StoredRecord } from '@sessionbank/databank-kit'
import { type Bank, recordsOf } from '../bank.ts'
import type { StoreOptions } from '../options.ts'
import type { SessionRecord } from '../session-record.ts'
import { SessionWrites } from '../session-writes.ts'
import { type StoreContext, storeContext } from '../store-context.ts'
import { readableSession } from '../to-session.ts'

/** The records of a store, for programs that process all of them outside the store. */
export interface Maintained {
  context: StoreContext
  writes: SessionWrites
  /** Returns the session in a record; null if it cannot be read with these options. */
  readable(id: string, stored: StoredRecord): SessionRecord | null
}

/** @throws InvalidOptionError for the same reasons as a store */
export function maintained(bank: Bank, options: StoreOptions): Maintained {
  const context = storeContext(bank, options, { component: 'maintenance' }, new EventEmitter())
  return {
    context,
    writes: new SessionWrites(context),
    readable: (id, stored) => readableSession(id, stored, context)?.record ?? null,
  }
}

/** Returns the coverage of the indexes of the store's type. */
export function coverageOf({ bank, indices, settings }: StoreContext): IndexCoverage {
  const { type, timeout } = settings
  return new IndexCoverage(type, indices, recordsOf(bank, COVERAGE_TYPE, { timeout }))
}
