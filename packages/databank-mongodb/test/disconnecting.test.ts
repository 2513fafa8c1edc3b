import { describeWith, mongodb } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'

describeWith(mongodb, (server) => {
  describe('disconnect', () => {
    it('waits for 30 running saves, the first of their type', async () => {
      const bank = await connected({ url: server().url })
      const records = bank.records('first')
      const saves = Array.from({ length: 30 }, (_, n) => records.write(`id-${n}`, '{}', { expires: null }))
      await Promise.all([disconnected(bank), Promise.allSettled(saves)])
      const outcomes = await Promise.allSettled(saves)
      expect(outcomes.map(({ status }) => status)).toEqual(Array(30).fill('fulfilled'))
      const again = await connected({ url: server().url })
      const count = await again.records('first').count()
      await disconnected(again)
      expect(count).toBe(30)
    })
  })
})
