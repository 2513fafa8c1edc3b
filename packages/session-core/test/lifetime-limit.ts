import { setTimeout as delay } from 'node:timers/promises'
import { type Bank, SessionStore } from '../src/index.ts'
import { cookie, HOUR, MINUTE } from './setup.ts'

/** Makes the promise on a bank that no session is beyond a store's `maxLifetime`, wherever stores are asked for it. */
export function promiseLifetimeLimit(open: () => Promise<Bank>): void {
  let bank: Bank
  beforeAll(async () => {
    bank = await open()
  })

  const storeOn = (maxLifetime: number) => {
    return new SessionStore(bank, { type: 'limited', cleanupInterval: false, touchAfter: 0, maxLifetime })
  }

  /** A session that an app with a limit of an hour has made some ms ago. */
  async function madeSession() {
    const lenient = storeOn(HOUR)
    await lenient.clear()
    const begun = Date.now()
    await lenient.save('a', { cookie: cookie(HOUR, begun) })
    const made = Date.now()
    while (Date.now() < made + 2) await delay(1)
    return { lenient, begun, made }
  }

  describe('a session that is beyond the limit of a store, and lives in the bank', () => {
    it('is not counted by it', async () => {
      await madeSession()
      const strict = storeOn(1)
      expect(await strict.load('a')).toBeNull()
      expect(await strict.length()).toBe(0)
    })

    it('is removed by its cleanup', async () => {
      const { lenient } = await madeSession()
      await storeOn(1).cleanup()
      expect(await lenient.load('a')).toBeNull()
      expect(await lenient.length()).toBe(0)
    })
  })

  describe('a session that is to live longer than the limit of a store', () => {
    it('has its end moved to the limit again if an app without the limit moved it and the store has seen that', async () => {
      const { lenient, made } = await madeSession()
      const strict = storeOn(30 * MINUTE)
      await strict.cleanup()
      await lenient.touch('a', { cookie: cookie(HOUR, Date.now()) })
      expect(Number((await lenient.load('a'))?.cookie.expires)).toBeGreaterThan(made + 30 * MINUTE)
      await strict.load('a')
      await strict.cleanup()
      expect(Number((await lenient.load('a'))?.cookie.expires)).toBeLessThanOrEqual(made + 30 * MINUTE)
    })

    it('has its end moved to the limit by the first cleanup of that store', async () => {
      const { lenient, begun, made } = await madeSession()
      await storeOn(30 * MINUTE).cleanup()
      const end = Number((await lenient.load('a'))?.cookie.expires)
      expect(end).toBeLessThanOrEqual(made + 30 * MINUTE)
      expect(end).toBeGreaterThanOrEqual(begun + 30 * MINUTE)
    })
  })
}
