import {
  Calls,
  type Condition,
  type NewRecord,
  RecordsBase,
  type StoredRecord,
  type Touch,
} from '@sessionbank/databank-kit'
import { type Bank, SessionStore } from '../src/index.ts'
import { request } from './setup.ts'

/** A third party's driver on the kit's base class. It keeps its records in a Map and mutates them. */
class InPlaceRecords extends RecordsBase {
  readonly kept = new Map<string, StoredRecord>()
  /** Returns a new revision. */
  revision: () => string
  #writes = 0

  constructor() {
    const failureOf = (error: unknown) => {
      const { code } = error as { code?: string }
      return { outcome: 'refused', message: `refused with ${code}` } as const
    }
    super({ calls: new Calls({ database: 'a test', timeout: 500, failureOf }), ids: { rule: 'text', maxBytes: 500 } })
    this.revision = () => String(++this.#writes)
  }

  protected override async _read(id: string): Promise<StoredRecord | null> {
    return this.kept.get(id) ?? null
  }

  protected override async _write(id: string, { json, expires }: NewRecord, { ifRevision }: Condition) {
    const there = this.kept.get(id)
    if (ifRevision !== undefined && (there?.revision ?? null) !== ifRevision) return null
    const record = { json, expires, revision: this.revision() }
    this.kept.set(id, there ? Object.assign(there, record) : record)
    return record.revision
  }

  protected override async _touch(id: string, { expires }: Touch): Promise<boolean> {
    const there = this.kept.get(id)
    if (there) there.expires = expires
    return there !== undefined
  }

  protected override async _delete(id: string): Promise<boolean> {
    return this.kept.delete(id)
  }

  protected override async _page() {
    return { records: [...this.kept] }
  }

  protected override async _candidates() {
    return this._page()
  }

  protected override async _count(): Promise<number> {
    return this.kept.size
  }

  protected override async _clear(): Promise<void> {
    this.kept.clear()
  }

  protected override async _deleteExpired(): Promise<number> {
    return 0
  }
}

function openStore() {
  const records = new InPlaceRecords()
  const unused = () => {}
  const bank = { read: unused, save: unused, del: unused, scan: unused, records: () => records } as unknown as Bank
  return { records, store: new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }) }
}

describe('on a driver that mutates records after returning them', () => {
  it('two requests that change different keys both keep their change', async () => {
    const { store } = openStore()
    await store.save('a', { n: 0, cookie: {} })
    const [one, other] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    other.session.y = 1

    await one.save()
    await other.save()

    expect(await store.load('a')).toMatchObject({ n: 0, x: 1, y: 1 })
  })

  it('a revision may be any text, including an empty one', async () => {
    const { records, store } = openStore()
    records.revision = () => ''
    await store.save('a', { n: 0, cookie: {} })
    const { session, save } = await request(store, 'a')
    session.n = 1

    await save()

    expect(await store.load('a')).toMatchObject({ n: 1 })
  })

  it('a merge of the cookie alone emits no merged event', async () => {
    const { store } = openStore()
    await store.save('a', { n: 0, cookie: {} })
    const [one, other] = [await request(store, 'a'), await request(store, 'a')]
    one.session.n = 1
    other.session.cookie.path = '/app'
    const merged = jest.fn()
    store.on('merged', merged)

    await one.save()
    await other.save()

    expect(await store.load('a')).toMatchObject({ n: 1, cookie: { path: '/app' } })
    expect(merged).not.toHaveBeenCalled()
  })
})

it('a bank error that throws when it is inspected fails only the call', async () => {
  const { records, store } = openStore()
  jest.spyOn(records as unknown as { _read(): Promise<null> }, '_read').mockImplementation(async () => {
    throw Object.defineProperty(new Error('x'), 'code', {
      get() {
        throw new Error('no code')
      },
    })
  })

  await expect(store.load('a')).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
})
