import { randomBytes } from 'node:crypto'
import { SessionStore, type StoreOptions } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { Clock, cookie, HOUR } from './setup.ts'

const DAY = 24 * HOUR

describe.each(BANKS)('stats() on %s', (_, open) => {
  it('returns the ages, the size and the numbers of live, expired and unreadable sessions', async () => {
    const { bank } = await open()
    const clock = new Clock()
    clock.time = Date.now()
    const now = clock.time
    const storeWith = (options: StoreOptions = {}) => {
      const store = new SessionStore(
        bank,
        { cleanupInterval: false, ...options },
        { component: 'test', now: clock.now },
      )
      store.on('error', () => {})
      return store
    }
    const store = storeWith()
    for (const [sid, age] of Object.entries({
      new: 0,
      hours: 5 * HOUR,
      days: 3 * DAY,
      weeks: 20 * DAY,
      old: 99 * DAY,
    })) {
      clock.time = now - age
      await store.save(sid, { user: 'ann', cookie: cookie(200 * DAY, clock.time) })
    }
    await store.save('dead', { cookie: cookie(HOUR, clock.time) })
    clock.time = now
    await store.save('ä'.repeat(9), { text: 'ä'.repeat(1_000), cookie: {} })
    await storeWith({ encryption: { keys: [randomBytes(32)] } }).save('sealed', { cookie: {} })

    let records = 0
    const stats = await store.stats(() => records++)
    expect(stats).toMatchObject({
      live: 6,
      unreadable: 1,
      ages: { hour: 2, day: 1, week: 1, month: 1, older: 1, unknown: 0 },
    })
    expect(stats.expired).toBe(1)
    expect(stats.created).toEqual({ oldest: new Date(now - 99 * DAY), newest: new Date(now) })
    expect(stats.bytes.largest).toBeGreaterThan(2_000)
    expect(stats.bytes.total).toBeGreaterThan(stats.bytes.largest + 5 * 50)
    expect(records).toBe(7)
  })

  it('returns zeros if there are no sessions', async () => {
    const { bank } = await open()
    const stats = await new SessionStore(bank, { cleanupInterval: false }).stats()
    expect(stats).toMatchObject({ live: 0, expired: 0, unreadable: 0, created: { oldest: null, newest: null } })
  })
})
