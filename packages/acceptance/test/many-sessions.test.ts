import { openDatabank, SessionStore } from '@sessionbank/session-core'
import { describeWith, redis } from '@sessionbank/test-servers'
import { slowProxyTo } from '../src/slow-proxy.ts'

const SESSIONS = 3_000

describeWith(redis, (server) => {
  describe('length()', () => {
    it('counts more sessions than a bank can read within the timeout of one call', async () => {
      const proxy = await slowProxyTo(server().port)
      const url = `redis://127.0.0.1:${proxy.port}`
      const bank = await openDatabank(url)
      // The bank's timeout applies to operations on all records.
      const hurried = await openDatabank(url, { timeout: 300, retry: 60_000 })
      try {
        const filling = new SessionStore(bank, { cleanupInterval: false })
        await Promise.all(Array.from({ length: SESSIONS }, (_, n) => filling.save(`id-${n}`, { cookie: {} })))
        proxy.delayAnswers(150)
        const store = new SessionStore(hurried, { cleanupInterval: false })
        expect(await store.length()).toBe(SESSIONS)
      } finally {
        proxy.delayAnswers(0)
        await Promise.all([bank.disconnect(), hurried.disconnect()])
        await proxy.close()
      }
    })
  })
})
