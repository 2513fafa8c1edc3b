import { Link } from '../src/adapter.ts'
import { type OpenBank, openDatabank, SessionStore } from '../src/index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a store on a bank with a limit', () => {
  let bank: OpenBank
  let store: SessionStore
  let told: unknown[]

  beforeEach(async () => {
    bank = await openDatabank('memory:', { maxRecords: 2 })
    store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    const events: unknown[] = []
    told = events
    store.on('evicted', (event) => events.push(event))
    for (const sid of ['a', 'b', 'c', 'd']) await store.save(sid, { user: sid, cookie: {} })
  })
  afterEach(() => bank.disconnect())

  it('emits how many sessions the bank has evicted', async () => {
    await turn()
    expect(told).toEqual([{ count: 2 }])
    expect(await store.length()).toBe(2)
    expect(await store.load('a')).toBeNull()
  })

  it('does not bring back an evicted session by a save of an older request', async () => {
    const link = new Link()
    const session = await store.load('c', link)
    for (const sid of ['e', 'f']) await store.save(sid, { cookie: {} })
    await store.save('c', { ...session, changed: true }, link)
    expect(await store.load('c')).toBeNull()
  })

  it('keeps the lease of the cleanup when sessions are evicted', async () => {
    const leases = bank.records?.('sessionbank_lease')
    await leases?.write('session', '{"holder":"another"}', { expires: null })
    for (const sid of ['e', 'f', 'g']) await store.save(sid, { cookie: {} })
    expect(await leases?.read('session')).not.toBeNull()
  })

  it('emits nothing for another type, and nothing after it is closed', async () => {
    const other = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, type: 'other' })
    other.on('evicted', () => told.push('other'))
    await store.close()
    await store.save('e', { cookie: {} })
    await turn()
    expect(told).toEqual([])
  })

  it('reports the errors of listeners', async () => {
    const errors: unknown[] = []
    store.on('error', (error) => errors.push(error.message))
    store.on('evicted', () => {
      throw new Error('of a listener')
    })
    await turn()
    expect(errors).toEqual(['of a listener'])
  })
})
