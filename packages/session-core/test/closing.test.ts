import { SessionStore } from '../src/index.ts'
import { delayedBank, openRecordsBank } from './records-bank.ts'
import { manyTicks } from './ticks.ts'

describe('close()', () => {
  /** Opens a bank that tells when a cleanup has begun, and lets it end on demand. */
  async function openHoldingBank() {
    let begun = () => {}
    let goOn = () => {}
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    const mayEnd = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const bank = delayedBank(await openRecordsBank(), async (call) => {
      if (call !== 'deleteExpired') return
      begun()
      await mayEnd
    })
    return { bank, hasBegun, goOn }
  }

  async function expectToWait(store: SessionStore, goOn: () => void) {
    const closed = jest.fn()
    const closing = store.close().then(closed)
    await manyTicks()
    const calls = closed.mock.calls.length
    goOn()
    await closing
    expect(calls).toBe(0)
  }

  it('waits for a running cleanup', async () => {
    const { bank, hasBegun, goOn } = await openHoldingBank()
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    const cleanup = store.cleanup()
    await hasBegun
    await expectToWait(store, goOn)
    await cleanup
  })

  it('waits for a cleanup that fails, and leaves the error to the caller of cleanup()', async () => {
    const bank = delayedBank(await openRecordsBank(), async (call) => {
      if (call === 'deleteExpired') throw new Error('out of order')
    })
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    const cleanup = store.cleanup()
    await Promise.all([store.close(), expect(cleanup).rejects.toThrow('the bank failed')])
  })

  it('waits for a cleanup that the timer started', async () => {
    const { bank, hasBegun, goOn } = await openHoldingBank()
    const store = new SessionStore(bank, { cleanupInterval: 1 })
    await hasBegun
    await expectToWait(store, goOn)
  })
})
