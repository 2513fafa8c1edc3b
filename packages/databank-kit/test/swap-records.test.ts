import { conformance } from '../src/conformance/index.ts'
import {
  Calls,
  DriverDatabank,
  type DriverOptions,
  type NextRecord,
  type Page,
  type Records,
  type Seen,
  SwapRecords,
  type Tokens,
} from '../src/index.ts'

interface Entry extends Seen {
  version: number
  tokens?: Tokens | undefined
}
type Table = Map<string, Entry>

const CALLS = { database: 'the table', timeout: 20_000, failureOf: (error: unknown) => error as Error }

let versions = 0

/** A table that replaces an entry only if it has the version that was read, and answers asynchronously. */
class TableRecords extends SwapRecords<Entry> {
  looks = 0
  onLook = () => {}

  constructor(readonly table: Table) {
    super({ calls: new Calls(CALLS), ids: { rule: 'text', maxBytes: 4_096 } })
  }

  protected override async _see(id: string): Promise<Entry | null> {
    this.looks++
    const seen = this.table.get(id) ?? null
    await new Promise(setImmediate)
    this.onLook()
    return seen
  }

  protected override async _swap(id: string, seen: Entry | null, next: NextRecord): Promise<boolean> {
    if (this.table.get(id)?.version !== seen?.version) return false
    const { json, revision, expires, tokens = seen?.tokens } = next
    this.table.set(id, { version: versions++, record: { json, revision, expires }, tokens })
    return true
  }

  protected override async _delete(id: string): Promise<boolean> {
    return this.table.delete(id)
  }

  protected override async _page(): Promise<Page> {
    return { records: [...this.table].map(([id, { record }]) => [id, record && { ...record }]) }
  }

  protected override _candidates(): Promise<Page> {
    return this._page()
  }

  protected override async _count(now: number): Promise<number> {
    return [...this.table.values()].filter(({ record }) => (record?.expires ?? now + 1) > now).length
  }

  protected override async _clear(): Promise<undefined> {
    this.table.clear()
  }

  protected override async _deleteExpired(limit: number, now: number): Promise<number> {
    const due = [...this.table].filter(([, { record }]) => (record?.expires ?? now + 1) <= now).slice(0, limit)
    for (const [id] of due) this.table.delete(id)
    return due.length
  }
}

class TableDatabank extends DriverDatabank {
  constructor(
    params: DriverOptions,
    readonly tables: Map<string, Table>,
  ) {
    super(params)
  }

  protected async _open(): Promise<void> {}
  protected async _close(): Promise<void> {}

  protected _records(type: string): Records {
    const table = this.tables.get(type) ?? new Map()
    this.tables.set(type, table)
    return new TableRecords(table)
  }
}

const tables = new Map<string, Table>()

conformance({
  name: 'a bank that reads and swaps',
  async connect(schema) {
    const bank = new TableDatabank({ schema }, tables)
    await bank.connect()
    return bank
  },
})

describe('SwapRecords', () => {
  const tokens = { user: 'user="ann"' }

  it('retries a write if only a touch came in between', async () => {
    const records = new TableRecords(new Map())
    const ifRevision = (await records.write('a', '1', { expires: null })) as string
    records.looks = 0
    records.onLook = () => {
      const entry = records.table.get('a') as Entry
      if (records.looks === 1) records.table.set('a', { ...entry, version: versions++ })
    }
    expect(await records.write('a', '2', { expires: null, ifRevision })).not.toBeNull()
    expect(records.looks).toBe(2)
  })

  it('creates a record without a read', async () => {
    const records = new TableRecords(new Map())
    await records.write('a', '1', { expires: null, ifRevision: null })
    expect(records.looks).toBe(0)
  })

  it('keeps the tokens of a record in a touch without tokens', async () => {
    const records = new TableRecords(new Map())
    await records.write('a', '1', { expires: null, tokens })
    await records.touch('a', 1e15)
    expect(records.table.get('a')).toMatchObject({ tokens, record: { expires: 1e15 } })
  })

  it('replaces a value that is not a record only in an unconditional write, and never finds or touches it', async () => {
    const records = new TableRecords(new Map([['a', { version: -1, record: null }]]))
    expect(await records.read('a')).toBeNull()
    expect(await records.touch('a', null)).toBe(false)
    expect(await records.write('a', '1', { expires: null, ifRevision: null })).toBeNull()
    expect(await records.write('a', '1', { expires: null })).not.toBeNull()
    expect(await records.read('a')).toMatchObject({ json: '1' })
  })
})
