import { describeWith, postgres } from '@sessionbank/test-servers'
import { Pool } from 'pg'
import type { PostgresDatabank } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { type LossyProxy, proxyTo } from './lossy-proxy.ts'
import { sql } from './sql.ts'

const HOUR = 3_600_000
const json = (n: number) => `{"sid":"a","n":${n}}`
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => error,
  )

describeWith(postgres, (server) => {
  describe('if the connection is lost before the answer', () => {
    let proxy: LossyProxy
    let bank: PostgresDatabank
    const records = () => bank.records('session')
    const stored = async () => (await sql(server().url, `SELECT json FROM databank WHERE id = 'a'`))[0]?.json

    beforeEach(async () => {
      proxy = await proxyTo(server().url)
      bank = await connected({ url: proxy.url, timeout: 4_000 })
      await records().clear()
    })
    afterEach(async () => {
      proxy.restore()
      await disconnected(bank)
      await proxy.close()
    })

    /** Counts, on the server, how often a row was written. */
    async function countingWrites(work: () => Promise<unknown>): Promise<number> {
      await sql(
        server().url,
        `CREATE TABLE written (id text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO written VALUES (NEW.id); RETURN NEW; END $$;
         CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON databank FOR EACH ROW EXECUTE FUNCTION note()`,
      )
      try {
        await work()
        return (await sql(server().url, 'SELECT * FROM written')).length
      } finally {
        await sql(server().url, 'DROP TRIGGER noted ON databank; DROP FUNCTION note; DROP TABLE written')
      }
    }

    it('a conditional write has an unknown outcome, and is sent only once', async () => {
      const ifRevision = (await records().write('a', json(1), { expires: null })) as string
      const written = await countingWrites(async () => {
        proxy.loseAnswers('cut')
        const error = await errorOf(records().write('a', json(2), { expires: null, ifRevision }))
        expect(error).toMatchObject({ name: 'UnknownOutcomeError', code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
      })
      expect(written).toBe(1)
      expect(await stored()).toBe(json(2))
    })

    it('a write to a silent server has an unknown outcome, within the timeout', async () => {
      proxy.loseAnswers('hang')
      const error = await errorOf(records().write('a', json(1), { expires: null, ifRevision: null }))
      proxy.restore()
      expect(error).toMatchObject({ name: 'UnknownOutcomeError' })
      expect(await stored()).toBe(json(1))
    })

    it('opening a bank fails within the timeout', async () => {
      const pool = new Pool({ connectionString: proxy.url })
      await pool.query('SELECT 1')
      proxy.loseAnswers('hang')
      const began = performance.now()
      const error = await errorOf(connected({ pool, timeout: 1_000 }))
      expect(error).toMatchObject({ message: expect.stringContaining('within 1000 ms') })
      expect(performance.now() - began).toBeLessThan(1_700)
      proxy.restore()
      await pool.end()
    })

    it('unconditional writes, touches and deletions are not repeated', async () => {
      await records().write('a', json(1), { expires: null })
      const changes = [
        () => records().write('a', json(2), { expires: null }),
        () => records().touch('a', Date.now() + HOUR),
        () => records().delete('a'),
      ]
      for (const change of changes) {
        expect(await records().count()).toBe(1)
        proxy.loseAnswers('cut')
        expect(await errorOf(change())).toMatchObject({ name: 'UnknownOutcomeError' })
      }
      expect(await records().count()).toBe(0)
    })

    it('a read is retried', async () => {
      await records().write('a', json(1), { expires: null })
      proxy.loseAnswers('cut')
      expect((await records().read('a'))?.json).toBe(json(1))
    })

    it('a read fails at its timeout, and reads succeed once there are answers again', async () => {
      await records().write('a', json(1), { expires: null })
      proxy.loseAnswers('hang')
      expect(await errorOf(records().read('a'))).toMatchObject({ code: 'SESSIONBANK_TIMEOUT' })
      proxy.restore()
      expect((await records().read('a'))?.json).toBe(json(1))
    })
  })

  it('a read is retried after the server closed the connection', async () => {
    const bank = await connected({ url: server().url })
    await bank.records('kept').write('kept', json(1), { expires: null })
    for (let round = 0; round < 5; round++) {
      await sql(server().url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
      expect((await bank.records('kept').read('kept'))?.json).toBe(json(1))
    }
    await disconnected(bank)
  })

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`calls fail clearly while the server is away (${signal}), and no acknowledged write is lost`, async () => {
      const bank = await connected({ url: server().url, timeout: 15_000 })
      const records = bank.records(signal)
      await Promise.all(
        Array.from({ length: 200 }, (_, n) => records.write(`id-${n}`, json(n), { expires: Date.now() + HOUR })),
      )
      await server().halt(signal)

      expect(await errorOf(records.read('id-1'))).toMatchObject({ name: 'OperationError' })
      const write = await errorOf(records.write('id-1', json(1), { expires: null, ifRevision: null }))
      expect(write).toMatchObject({ code: expect.stringMatching(/^SESSIONBANK_(OPERATION_FAILED|UNKNOWN_OUTCOME)$/) })
      // The pool has no connection left by now, and cannot open one.
      expect(await errorOf(records.write('id-1', json(1), { expires: null, ifRevision: null }))).toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
        message: expect.stringContaining('nothing was sent'),
      })

      await server().resume()
      expect(await records.count()).toBe(200)
      expect(await records.touch('id-1', Date.now() + HOUR)).toBe(true)
      await records.clear()
      await disconnected(bank)
    }, 60_000)
  }
})
