import { describeWith, postgres } from '@sessionbank/test-servers'
import { Pool } from 'pg'
import { statementsFor } from '../src/statements.ts'
import { tableNamed } from '../src/table.ts'
import { connected, disconnected } from './connected.ts'

describeWith(postgres, (server) => {
  it('a plan prepared for an almost empty table is replaced after it has grown', async () => {
    const pool = new Pool({ connectionString: server().url, max: 1 })
    const bank = await connected({ pool })
    const { read } = statementsFor(tableNamed('databank'))
    const plan = async () => {
      const { rows } = await pool.query(`EXPLAIN EXECUTE ${read.name} ('session', 'id-7')`)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }
    const readOften = async (times: number) => {
      for (let n = 0; n < times; n++) await bank.records('session').read('id-7')
    }

    await bank.records('session').write('id-7', '{}', { expires: null })
    await pool.query('ANALYZE databank')
    await readOften(10)
    expect(await plan()).toContain('Seq Scan')

    await pool.query(`INSERT INTO databank SELECT 'session', 'n-' || n, '{}', 'r' FROM generate_series(1, 20000) AS n`)
    await readOften(200)
    expect(await plan()).toContain('Index Scan')
    await disconnected(bank)
    await pool.end()
  })
})
