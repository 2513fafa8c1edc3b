import { describeWith, postgres } from '@sessionbank/test-servers'
import { Client } from 'pg'
import { connected, disconnected } from './connected.ts'

describeWith(postgres, (server) => {
  describe('a record that another transaction has locked', () => {
    it('makes only its own write fail among 16 of one tick, and no failed write is done later', async () => {
      const bank = await connected({ url: server().url, timeout: 800, retry: 60_000 })
      const records = bank.records('locked')
      const ids = Array.from({ length: 16 }, (_, n) => `id-${n}`)
      await Promise.all(ids.map((id) => records.write(id, '"old"', { expires: null })))
      const other = new Client({ connectionString: server().url })
      await other.connect()
      try {
        await other.query('BEGIN')
        await other.query(`SELECT * FROM databank WHERE type = 'locked' AND id = 'id-7' FOR UPDATE`)
        const outcomes = await Promise.allSettled(ids.map((id) => records.write(id, '"new"', { expires: null })))
        await other.query('COMMIT')
        const failed = ids.filter((_, n) => outcomes[n]?.status === 'rejected')
        expect(['', 'id-7']).toContain(failed.join())
        // Statements that still wait for the lock get it before this one.
        await other.query(`UPDATE databank SET json = json WHERE type = 'locked' AND id = 'id-7'`)
        const { rows } = await other.query(`SELECT id FROM databank WHERE type = 'locked' AND json = '"old"'`)
        expect(rows.map(({ id }) => id)).toEqual(failed)
      } finally {
        await other.end()
        await disconnected(bank)
      }
    })
  })
})
