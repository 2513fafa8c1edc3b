import { describeWith, pgbouncer, postgres, postgresOverTls } from '@sessionbank/test-servers'
import { Client, Pool } from 'pg'
import type { PostgresParams } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { eventually } from './eventually.ts'

/** Makes the server block writes of one record while another transaction holds a lock. */
const STALL = `
  CREATE OR REPLACE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
  CREATE OR REPLACE TRIGGER stalled BEFORE INSERT ON databank
    FOR EACH ROW WHEN (NEW.id = 'stalled') EXECUTE FUNCTION stall();`

async function expectNoLateWrite(url: string, params: PostgresParams): Promise<void> {
  const bank = await connected({ timeout: 1_500, ...params })
  const records = bank.records('session')
  const other = new Client({ connectionString: url })
  await other.connect()
  try {
    await other.query(STALL)
    await other.query('BEGIN; SELECT pg_advisory_xact_lock(7)')
    const late = records.write('stalled', '{}', { expires: null })
    await expect(late).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
    // Without a cancel request, the server would still be waiting, and would do the write when the other transaction
    // ends.
    expect(await records.delete('stalled')).toBe(false)
    await other.query('COMMIT')
    const writing = `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%INSERT INTO "databank"%'
      AND pid <> pg_backend_pid()`
    await eventually(async () => (await other.query(writing)).rows.length === 0)
    expect(await records.read('stalled')).toBe(null)
    expect(await records.write('stalled', '{}', { expires: null })).not.toBe(null)
    await records.clear()
  } finally {
    await other.end()
    await disconnected(bank)
  }
}

describeWith(postgres, (server) => {
  describe('a write that times out while the server is processing it', () => {
    it('is cancelled, and not done after a later call was answered', async () => {
      await expectNoLateWrite(server().url, { url: server().url })
    })

    it('is cancelled in the app’s own pool', async () => {
      const pool = new Pool({ connectionString: server().url })
      await expectNoLateWrite(server().url, { pool })
      await pool.end()
    })

    it('does not affect other writes of its tick', async () => {
      const bank = await connected({ url: server().url, timeout: 1_500 })
      const other = new Client({ connectionString: server().url })
      await other.connect()
      await other.query(STALL)
      await other.query('BEGIN; SELECT pg_advisory_xact_lock(7)')
      const ids = ['before', 'stalled', 'then']
      const writes = ids.map((id) => bank.records('tick').write(id, '{}', { expires: null }))
      const outcomes = await Promise.allSettled(writes)
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      await other.query('COMMIT')
      await other.end()
      expect(await bank.records('tick').count()).toBe(2)
      await disconnected(bank)
    })
  })
})

describeWith(pgbouncer, (server) => {
  describe('a write that times out behind PgBouncer', () => {
    it('is cancelled, and not done after a later call was answered', async () => {
      await expectNoLateWrite(server().url, { url: server().url, prepare: false })
    })
  })
})

describeWith(postgresOverTls, (server) => {
  it('a write that times out is cancelled over TLS', async () => {
    const { ca, caFile } = server().authority
    const url = `${server().url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
    await expectNoLateWrite(url, { url: server().url, tls: { ca } })
  })
})
