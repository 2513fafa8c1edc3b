import { once } from 'node:events'
import { DatabankStore } from '../src/index.mts'
import { HOUR, openBank, sessionOf } from './setup.ts'

/** connect-databank's third argument, in ms. */
const OFTEN = 5

async function expiredAndOthers() {
  const place = await openBank()
  await place.save('session', 'over', { sid: 'over', ...sessionOf({}, new Date(Date.now() - HOUR)) })
  await place.save('session', 'live', { sid: 'live', ...sessionOf() })
  await place.save('session', 'browser', { sid: 'browser', ...sessionOf({}, null) })
  return place
}

describe('the timer of (bank, log, cleanup)', () => {
  it('removes expired sessions, and keeps those without an expiry', async () => {
    const { bank, ids } = await expiredAndOthers()
    const store = new DatabankStore(bank, null, OFTEN)

    const [report] = await once(store, 'cleanup')
    await store.close()

    expect(report).toEqual({ examined: 3, removed: 1, ms: expect.any(Number) })
    expect(await ids()).toEqual(['browser', 'live'])
  })

  it('runs until the store is closed', async () => {
    const { bank, save, ids } = await expiredAndOthers()
    const store = new DatabankStore(bank, null, OFTEN)
    await once(store, 'cleanup')
    await save('session', 'late', { sid: 'late', ...sessionOf({}, new Date(Date.now() - 1)) })
    await once(store, 'cleanup')
    await once(store, 'cleanup')

    expect(store.close(() => {})).toBeUndefined()
    await store.close()

    expect(await ids()).toEqual(['browser', 'live'])
  })

  it.each([[undefined], [null], [0], [false]])('does not exist if cleanup is %p', async (cleanup) => {
    jest.useFakeTimers()
    try {
      const { bank } = await fakeBank()
      const store = new DatabankStore(bank, null, cleanup as number)
      expect(jest.getTimerCount()).toBe(0)
      await store.close()
    } finally {
      jest.useRealTimers()
    }
  })

  it('exists if cleanup is a number, until the store is closed', async () => {
    jest.useFakeTimers()
    try {
      const { bank } = await fakeBank()
      const store = new DatabankStore(bank, null, HOUR)
      expect(jest.getTimerCount()).toBe(1)
      await store.close()
      expect(jest.getTimerCount()).toBe(0)
    } finally {
      jest.useRealTimers()
    }
  })
})

/** Returns a bank whose methods do nothing. */
async function fakeBank() {
  const unused = () => {}
  return { bank: { read: unused, save: unused, del: unused, scan: unused } }
}
