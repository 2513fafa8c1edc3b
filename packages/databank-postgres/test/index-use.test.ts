import { describeWith, postgres } from '@sessionbank/test-servers'
import { Client } from 'pg'
import type { PostgresDatabank } from '../src/index.ts'
import { statementsFor } from '../src/statements.ts'
import { tableNamed } from '../src/table.ts'
import { connected, disconnected } from './connected.ts'

const ROWS = 20_000
const HOUR = 3_600_000
const NOW = String(Date.now())

// In a nested `describe`, so that the hooks run while the server is up.
describeWith(postgres, (server) =>
  describe('PostgreSQL', () => {
    let bank: PostgresDatabank
    let client: Client
    const statements = statementsFor(tableNamed('databank'))

    beforeAll(async () => {
      bank = await connected({ url: server().url, timeout: 20_000, schema: { session: { indices: ['user'] } } })
      client = new Client({ connectionString: server().url })
      await client.connect()
      await client.query(
        `INSERT INTO databank SELECT 'session', 'id-' || n, '{"user":"u' || n || '"}', 'r', $1::float8 + n,
         ARRAY['user="u' || n || '"'] FROM generate_series(1, ${ROWS}) AS n`,
        [Date.now() + HOUR],
      )
      await client.query('ANALYZE databank; SET plan_cache_mode = force_generic_plan')
    })
    afterAll(async () => {
      await client.end()
      await disconnected(bank)
    })

    /** Returns the generic plan, which a prepared statement uses eventually. */
    async function planOf(statement: { text: string; name: string }, values: string[]): Promise<string> {
      await client.query(`PREPARE ${statement.name} AS ${statement.text}`)
      const { rows } = await client.query(`EXPLAIN EXECUTE ${statement.name} (${values.join()})`)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }

    it('finds records of an indexed field by the index on tokens', async () => {
      const ids: string[] = []
      for await (const [id] of bank.records('session').find('user', 'u77')) ids.push(id)
      expect(ids).toEqual(['id-77'])
      const hits = await planOf(statements.idsWithToken, [`'session'`, `'user="u77"'`, NOW, `''`, '100'])
      expect(hits).toContain('databank_tokens')
      const records = await planOf(statements.readMany, [`'session'`, `ARRAY['id-77']`, NOW])
      expect(records).toContain('databank_pkey')
      expect(hits + records).not.toContain('Seq Scan')
    })

    it('reads, touches, deletes and lists records by the primary key', async () => {
      const asked: [{ text: string; name: string }, string[]][] = [
        [statements.read, [`'session'`, `'id-7'`]],
        [statements.touch, [`'session'`, `'id-7'`, NOW, NOW, 'true', `'r'`]],
        [statements.replace, [`'session'`, `'id-7'`, `'{}'`, `'r'`, 'NULL', 'NULL', NOW, 'true', `'r'`]],
        [statements.delete, [`'session'`, `'id-7'`]],
        [statements.page, [`'session'`, `'id-5'`, NOW, '200']],
      ]
      const plans: string[] = []
      for (const [statement, values] of asked) plans.push(await planOf(statement, values))
      for (const plan of plans) {
        expect(plan).toContain('databank_pkey')
        expect(plan).not.toContain('Seq Scan')
      }
      expect(plans.at(-1)).not.toContain('Sort')
    })

    it('sweeps by the index on expiry, so that live records cost nothing', async () => {
      const plan = await planOf(statements.deleteExpired, [`'session'`, NOW, '1000'])
      expect(plan).toContain('databank_expires')
      expect(plan).not.toContain('Seq Scan')
    })

    it('clears by the primary key', async () => {
      const plan = await planOf(statements.clearPage, [`'session'`, `'id-5'`, '1000'])
      expect(plan).toContain('databank_pkey')
      expect(plan).not.toContain('Seq Scan')
    })

    it('finds each record once if there is more than one page', async () => {
      const records = bank.records('session')
      await client.query(`INSERT INTO databank SELECT 'session', 'bulk-' || n, '{"user":"bulk"}', 'r', NULL,
      ARRAY['user="bulk"'] FROM generate_series(1, 10500) AS n`)
      const ids = new Set<string>()
      let seen = 0
      for await (const [id] of records.find('user', 'bulk')) {
        ids.add(id)
        seen++
      }
      expect([seen, ids.size]).toEqual([10_500, 10_500])
    })

    it('clears all records if there is more than one page', async () => {
      await bank.records('session').clear()
      expect(await bank.records('session').count()).toBe(0)
    })
  }),
)
