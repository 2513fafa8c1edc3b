import { setTimeout as delay } from 'node:timers/promises'
import { type Bank, SessionStore } from '../src/index.ts'
import { cookie, HOUR, MINUTE } from './setup.ts'

/** Defines the tests that no session exceeds a store's `maxLifetime` in any method of the store. */
export function promiseLifetimeLimit(open: () => Promise<Bank>): void {
  let bank: Bank
  beforeAll(async () => {
    bank = await open()
  })

  const storeOn = (maxLifetime: number) => {
    return new SessionStore(bank, { type: 'limited', cleanupInterval: false, touchAfter: 0, maxLifetime })
  }

  /** Creates a session by a store with a limit of an hour, a few ms before it returns. */
  async function madeSession() {
    const lenient = storeOn(HOUR)
    await lenient.clear()
    const begun = Date.now()
    await lenient.save('a', { cookie: cookie(HOUR, begun) })
    const made = Date.now()
    while (Date.now() < made + 2) await delay(1)
    return { lenient, begun, made }
  }

  describe("a session in the bank that exceeds a store's maxLifetime", () => {
    it('is not counted by the store', async () => {
      await madeSession()
      const strict = storeOn(1)
      expect(await strict.load('a')).toBeNull()
      expect(await strict.length()).toBe(0)
    })

    it('is removed by the cleanup of the store', async () => {
      const { lenient } = await madeSession()
      await storeOn(1).cleanup()
      expect(await lenient.load('a')).toBeNull()
      expect(await lenient.length()).toBe(0)
    })
  })

  describe("a session that would live longer than a store's maxLifetime", () => {
    it('is limited again by a cleanup after the store has seen that another app extended it', async () => {
      const { lenient, made } = await madeSession()
      const strict = storeOn(30 * MINUTE)
      await strict.cleanup()
      await lenient.touch('a', { cookie: cookie(HOUR, Date.now()) })
      expect(Number((await lenient.load('a'))?.cookie.expires)).toBeGreaterThan(made + 30 * MINUTE)
      await strict.load('a')
      await strict.cleanup()
      expect(Number((await lenient.load('a'))?.cookie.expires)).toBeLessThanOrEqual(made + 30 * MINUTE)
    })

    it('is limited by the first cleanup of the store', async () => {
      const { lenient, begun, made } = await madeSession()
      await storeOn(30 * MINUTE).cleanup()
      const end = Number((await lenient.load('a'))?.cookie.expires)
      expect(end).toBeLessThanOrEqual(made + 30 * MINUTE)
      expect(end).toBeGreaterThanOrEqual(begun + 30 * MINUTE)
    })
  })
}
