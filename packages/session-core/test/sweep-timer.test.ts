import { EventEmitter } from 'node:events'
import { temporaryFolder } from '@sessionbank/test-servers'
import { withStoreMethods } from '../src/adapter.ts'
import { type CleanupReport, openDatabank, type SessionStore } from '../src/index.ts'
import { JitteredTimer } from '../src/jittered-timer.ts'
import { Sweeper } from '../src/sweeper.ts'
import { cookie, MINUTE, openStore } from './setup.ts'

describe('the timer of the sweep', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => {
    jest.useRealTimers()
    jest.restoreAllMocks()
  })

  it.each([
    [0, 0, 900],
    [0.5, 500, 1_000],
    [0.999999, 999, 1_099],
  ])('is jittered: with a random number of %d it first runs after %d ms, then every %d', async (dice, first, next) => {
    jest.spyOn(Math, 'random').mockReturnValue(dice)
    const task = jest.fn(async () => {})
    const timer = new JitteredTimer(1_000, task)
    await jest.advanceTimersByTimeAsync(Math.max(first - 1, 0))
    expect(task).toHaveBeenCalledTimes(first === 0 ? 1 : 0)
    await jest.advanceTimersByTimeAsync(first === 0 ? 0 : 2)
    expect(task).toHaveBeenCalledTimes(1)
    await jest.advanceTimersByTimeAsync(next - 3)
    expect(task).toHaveBeenCalledTimes(1)
    await jest.advanceTimersByTimeAsync(4)
    expect(task).toHaveBeenCalledTimes(2)
    timer.stop()
  })

  it('never runs two sweeps at once, even if a sweep takes long', async () => {
    let finish = () => {}
    const task = jest.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    const timer = new JitteredTimer(1_000, task)
    await jest.advanceTimersByTimeAsync(60_000)
    expect(task).toHaveBeenCalledTimes(1)
    finish()
    await jest.advanceTimersByTimeAsync(1_100)
    expect(task).toHaveBeenCalledTimes(2)
    timer.stop()
  })

  it('does not continue if it is stopped during a sweep', async () => {
    let finish = () => {}
    const task = jest.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    const timer = new JitteredTimer(1_000, task)
    await jest.advanceTimersByTimeAsync(1_000)
    timer.stop()
    finish()
    await jest.advanceTimersByTimeAsync(10_000)
    expect(task).toHaveBeenCalledTimes(1)
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('a sweep', () => {
  it('removes all expired sessions in slices, and lets other work run in between', async () => {
    const folder = temporaryFolder('sweep')
    const bank = await openDatabank(`disk:${folder.path}`)
    const records = bank.records?.('session')
    if (!records) throw new Error('the disk bank has records')
    await Promise.all(
      Array.from({ length: 600 }, (_, i) => records.write(`${i}`, `{"sid":"${i}"}`, { expires: Date.now() - 1 })),
    )
    await records.write('live', '{"sid":"live"}', { expires: Date.now() + MINUTE })
    let limit = 0
    const slices = jest.spyOn(records, 'deleteExpired').mockName('deleteExpired')
    const report = await new Sweeper(bank, 'session', records).sweep()
    for (const [most] of slices.mock.calls) limit = Math.max(limit, most)
    expect(report).toEqual({ examined: 600, removed: 600, ms: expect.any(Number) })
    expect(slices.mock.calls.length).toBeGreaterThan(1)
    expect(limit).toBeLessThan(600)
    expect(await records.count()).toBe(1)
    await new Promise((resolve) => bank.disconnect(resolve))
    folder.remove()
  })

  it('passes its report to the callback of cleanup(), and works without the timer', async () => {
    const { store, clock } = await openStore()
    class AppStore extends withStoreMethods(EventEmitter) {
      readonly sessions: SessionStore = store
    }
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    clock.advance(MINUTE)
    const report = await new Promise<CleanupReport>((resolve, reject) => {
      new AppStore().cleanup((error, result) => (error ? reject(error) : resolve(result)))
    })
    expect(report).toEqual({ examined: 1, removed: 1, ms: expect.any(Number) })
  })

  it('that fails passes its error to the callback, and the next one removes the expired sessions', async () => {
    const { store, bank, clock } = await openStore()
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    clock.advance(MINUTE)
    const { scan } = bank
    bank.scan = ((_type: string, _onResult: unknown, done: (error: Error) => void) => done(new Error('no'))) as never
    await expect(store.cleanup()).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    bank.scan = scan
    expect(await store.cleanup()).toMatchObject({ removed: 1 })
  })
})
