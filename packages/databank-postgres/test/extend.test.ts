import { describeWith, postgres } from '@sessionbank/test-servers'
import { Client } from 'pg'
import type { PostgresDatabank } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { eventually } from './eventually.ts'
import { sql } from './sql.ts'

const MINUTE = 60_000

describeWith(postgres, (server) => {
  describe('an expiry with `extend`', () => {
    let bank: PostgresDatabank
    const records = () => bank.records('session')
    beforeAll(async () => {
      bank = await connected({ url: server().url })
    })
    afterAll(() => disconnected(bank))

    it('is compared with the expiry that another process commits while the write waits for its lock', async () => {
      const [soon, late] = [Date.now() + MINUTE, Date.now() + 10 * MINUTE]
      const ifRevision = (await records().write('a', '{"n":1}', { expires: soon })) as string
      const other = new Client({ connectionString: server().url })
      await other.connect()
      await other.query(`BEGIN; UPDATE databank SET expires = ${late} WHERE id = 'a'`)
      const written = records().write('a', '{"n":2}', { expires: soon, ifRevision, extend: true })
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
      await eventually(async () => (await sql(server().url, waiting)).length > 0)
      await other.query('COMMIT')
      expect(await written).not.toBeNull()
      expect(await records().read('a')).toMatchObject({ json: '{"n":2}', expires: late })
      await other.end()
    })
  })
})
