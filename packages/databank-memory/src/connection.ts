import { ImmediateCalls, isOwnType } from '@sessionbank/databank-kit'
import type { Evictions } from './evictions.ts'
import { failureOf } from './failures.ts'
import { Limit } from './limit.ts'
import type { Options } from './options.ts'
import { Table } from './table.ts'

/** The calls and tables of a bank, from `connect` to `disconnect`. */
export class Connection {
  readonly calls = new ImmediateCalls({ database: 'the memory bank', timeout: Number.POSITIVE_INFINITY, failureOf })
  readonly #tables = new Map<string, Table>()
  readonly #limit: Limit | null
  readonly #evictions: Evictions

  constructor({ maxRecords, maxTotalBytes }: Options, evictions: Evictions) {
    const isLimited = Number.isFinite(maxRecords) || Number.isFinite(maxTotalBytes)
    this.#limit = isLimited ? new Limit(maxRecords, maxTotalBytes) : null
    this.#evictions = evictions
  }

  /** Returns the table of a type. Internal types have no limit: an evicted lease would let two sweeps run at once. */
  table(type: string, indices: readonly string[]): Table {
    let table = this.#tables.get(type)
    if (!table) {
      const limit = isOwnType(type) ? null : this.#limit
      table = new Table(indices, limit?.usageOf(() => this.#evictions.add(type)) ?? null)
      this.#tables.set(type, table)
    }
    return table
  }

  /** Rejects further calls, and stops running ones that have several steps. */
  close(): void {
    this.calls.close()
  }
}
