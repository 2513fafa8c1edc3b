import { setTimeout as delay } from 'node:timers/promises'
import { openDatabank, SessionStore } from '../src/index.ts'
import { cookie, HOUR, MINUTE, openStore } from './setup.ts'

describe('a cleanup', () => {
  it('removes expired sessions only, keeps those without an expiry, and returns a report', async () => {
    const { store, bank, clock } = await openStore({ ttl: false })
    await store.save('short', { cookie: cookie(MINUTE, clock.now()) })
    await store.save('long', { cookie: cookie(HOUR, clock.now()) })
    await store.save('forever', { cookie: {} })
    const swept: unknown[] = []
    store.on('cleanup', (report) => swept.push(report))
    clock.advance(MINUTE)
    const report = await store.cleanup()
    expect(report).toEqual({ examined: 3, removed: 1, ms: expect.any(Number) })
    expect(swept).toEqual([report])
    const left: unknown[] = []
    await new Promise((resolve) => bank.scan('session', (value) => left.push((value as { sid: string }).sid), resolve))
    expect(left.sort()).toEqual(['forever', 'long'])
  })

  it('runs once for concurrent calls', async () => {
    const { store, bank } = await openStore()
    const scan = jest.spyOn(bank, 'scan')
    await Promise.all([store.cleanup(), store.cleanup(), store.cleanup()])
    expect(scan).toHaveBeenCalledTimes(1)
    await store.cleanup()
    expect(scan).toHaveBeenCalledTimes(2)
  })

  it('runs once for all stores of a bank, and each store emits one event', async () => {
    const { store, bank } = await openStore()
    const other = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    const told: string[] = []
    store.on('cleanup', () => told.push('store'))
    other.on('cleanup', () => told.push('other'))
    const scan = jest.spyOn(bank, 'scan')
    await Promise.all([store.cleanup(), other.cleanup(), store.cleanup()])
    expect(scan).toHaveBeenCalledTimes(1)
    expect(told.sort()).toEqual(['other', 'store'])
  })

  it('keeps a session that is renewed while it runs', async () => {
    const { store, bank, clock } = await openStore()
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    clock.advance(MINUTE)
    const scan = bank.scan.bind(bank)
    bank.scan = ((type: string, onResult: (value: unknown) => void, done: (error: Error | null) => void) => {
      scan(type, onResult, async (error) => {
        await store.save('a', { cookie: cookie(HOUR, clock.now()) })
        done(error)
      })
    }) as typeof bank.scan
    expect(await store.cleanup()).toMatchObject({ examined: 1, removed: 0 })
    expect(await store.load('a')).not.toBeNull()
  })

  it('runs periodically until the store is closed', async () => {
    const { store } = await openStore({ cleanupInterval: 5 })
    await new Promise((resolve) => store.once('cleanup', resolve))
    await new Promise((resolve) => store.once('cleanup', resolve))
    await store.close()
    const swept = jest.fn()
    store.on('cleanup', swept)
    await delay(30)
    expect(swept.mock.calls.length).toBeLessThanOrEqual(1)
  })

  it('emits an error event if it fails, and runs again', async () => {
    const { store, bank } = await openStore({ cleanupInterval: 5 })
    const scan = bank.scan
    bank.scan = ((_type: string, _onResult: unknown, done: (error: Error) => void) =>
      done(new Error('out of order'))) as never
    const error = await new Promise((resolve) => store.once('error', resolve))
    expect(error).toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.not.stringContaining('out of order'),
    })
    bank.scan = scan
    await new Promise((resolve) => store.once('cleanup', resolve))
    await store.close()
  })

  it('does not keep the process alive with its timer', async () => {
    const bank = await openDatabank('memory:')
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const store = new SessionStore(bank, { cleanupInterval: 60_000, timeout: 60_000 })
    const after = timers()
    await store.close()
    expect(after).toBe(before)
  })
})
