import { openDatabank, SessionStore } from '@sessionbank/session-core'
import { describeWith, redis } from '@sessionbank/test-servers'
import { slowProxyTo } from '../src/slow-proxy.ts'

const SESSIONS = 3_000

describeWith(redis, (server) => {
  describe('length()', () => {
    it('counts more sessions than a bank can look through within the time of one call', async () => {
      const proxy = await slowProxyTo(server().port)
      const bank = await openDatabank(`redis://127.0.0.1:${proxy.port}`)
      try {
        const filling = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
        await Promise.all(Array.from({ length: SESSIONS }, (_, n) => filling.save(`id-${n}`, { cookie: {} })))
        proxy.delayAnswers(150)
        const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, timeout: 300 })
        expect(await store.length()).toBe(SESSIONS)
      } finally {
        proxy.delayAnswers(0)
        await new Promise((resolve) => bank.disconnect(resolve))
        await proxy.close()
      }
    })
  })
})
