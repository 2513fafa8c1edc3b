import type { Records, StoredRecord } from '@sessionbank/databank-kit'
import { conformance } from '@sessionbank/databank-kit/conformance'
import { recordsOf } from '../src/adapter.ts'
import { type Bank, SessionStore } from '../src/index.ts'
import { openPlainMemory } from './plain-memory.ts'

conformance({
  name: 'a plain databank (memory)',
  connect: (schema) => openPlainMemory({ schema }),
  records: (bank, type) => withHarmlessIds(plainRecords(bank as Bank, type)),
  persistent: false,
  exactText: false,
})

const plainRecords = (bank: Bank, type: string) => recordsOf(bank, type, { timeout: 5_000 })

/** Wraps records: databank's memory driver crashes on names of Object.prototype, from which the store protects it. */
function withHarmlessIds(records: Records): Records {
  const harmless = (id: string) => (id in Object.prototype ? `safe ${id}` : id)
  async function* original(entries: AsyncIterable<[string, StoredRecord]>): AsyncGenerator<[string, StoredRecord]> {
    for await (const [id, record] of entries) yield [id.replace(/^safe /, ''), record]
  }
  return {
    read: (id) => records.read(harmless(id)),
    write: (id, json, options) => records.write(harmless(id), json, options),
    touch: (id, expires, options) => records.touch(harmless(id), expires, options),
    delete: (id) => records.delete(harmless(id)),
    entries: () => original(records.entries()),
    find: (field, value) => original(records.find(field, value)),
    count: () => records.count(),
    clear: () => records.clear(),
    deleteExpired: (limit) => records.deleteExpired(limit),
  }
}

describe('a plain databank', () => {
  it('keeps the expiry in the field in which connect-databank looks for it', async () => {
    const bank = await openPlainMemory()
    const records = plainRecords(bank, 'session')
    const expires = Date.now() + 60_000
    await records.write('a', '{"user":"ann","cookie":{"expires":"2020-01-01T00:00:00.000Z"},"sid":"a"}', { expires })
    const stored = await new Promise((resolve) => bank.read('session', 'a', (_, value) => resolve(value)))
    expect(stored).toEqual({ user: 'ann', cookie: { expires: new Date(expires).toISOString() }, sid: 'a' })
  })

  it('keeps an expiry that is not in the cookie under _bank, and never shows it', async () => {
    const bank = await openPlainMemory()
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    await store.save('a', { user: 'ann', cookie: {} })
    const stored = await new Promise<{ _bank: unknown }>((resolve) =>
      bank.read('session', 'a', (_, value) => resolve(value as never)),
    )
    expect(stored._bank).toEqual({ created: expect.any(Number), expires: expect.any(Number) })
    expect(await store.load('a')).toEqual({ user: 'ann', cookie: {} })
  })

  it('queues the calls of all its stores, so that no change is lost', async () => {
    const bank = await openPlainMemory()
    const stores = Array.from({ length: 4 }, () => new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }))
    await stores[0]?.save('a', { n: 0, cookie: {} })
    const increments = stores.flatMap((store) => {
      return Array.from({ length: 25 }, () => store.update('a', (session) => void session.n++))
    })
    await Promise.all(increments)
    expect(await stores[0]?.load('a')).toMatchObject({ n: 100 })
  })
})
