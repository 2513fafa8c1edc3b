import type { Records } from '@sessionbank/databank-kit'
import { describeWith, postgres } from '@sessionbank/test-servers'
import type { PostgresDatabank } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { eventually } from './eventually.ts'
import { sql } from './sql.ts'

/** Calls of one turn of the event loop share round trips and commits, which must not be noticeable. */
describeWith(postgres, (server) => {
  let bank: PostgresDatabank
  const records = () => bank.records('session')
  beforeEach(async () => {
    bank = await connected({ url: server().url })
    await records().clear()
  })
  afterEach(() => disconnected(bank))

  it('each of many calls gets its own result', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `id-${n}`)
    const revisions = await Promise.all(ids.map((id) => records().write(id, `{"id":"${id}"}`, { expires: null })))
    const [read, touched, deleted] = await Promise.all([
      Promise.all([...ids, 'nobody'].map((id) => records().read(id))),
      Promise.all(['nobody', ...ids].map((id) => records().touch(id, null))),
      Promise.all(['nobody', 'no one'].map((id) => records().delete(id))),
    ])
    expect(read.map((record) => record?.json)).toEqual([...ids.map((id) => `{"id":"${id}"}`), undefined])
    expect(read.map((record) => record?.revision)).toEqual([...revisions, undefined])
    expect(touched).toEqual([false, ...ids.map(() => true)])
    expect(deleted).toEqual([false, false])
  })

  it('the other calls succeed if the server refuses one', async () => {
    const outcomes = await Promise.allSettled([
      records().write('a', '{}', { expires: null }),
      records().write('b', 'refused: \0', { expires: null }),
      records().write('c', '{}', { expires: null }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await records().count()).toBe(2)
  })

  it('a write is acknowledged only after its commit', async () => {
    for (let n = 0; n < 20; n++) {
      await Promise.all([0, 1, 2, 3].map((k) => records().write(`id-${k}`, `${n}`, { expires: null })))
      const rows = await sql(server().url, `SELECT DISTINCT json FROM databank WHERE type = 'session'`)
      expect(rows).toEqual([{ json: String(n) }])
    }
  })

  it('a write fails if the server refuses its commit', async () => {
    await sql(
      server().url,
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused at commit'; END $$;
       CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON databank DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN (NEW.id = 'refused') EXECUTE FUNCTION refuse()`,
    )
    const outcomes = await Promise.allSettled([
      records().write('refused', '{}', { expires: null }),
      records().write('fine', '{}', { expires: null }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    await expect(records().write('refused', '{}', { expires: null })).rejects.toMatchObject({ name: 'OperationError' })
    expect(await records().read('refused')).toBe(null)
    expect(await records().count()).toBe(1)
  })

  it('two processes can write the same records in opposite orders', async () => {
    const url = `${server().url}?application_name=crossing`
    const banks = await Promise.all([connected({ url, timeout: 20_000 }), connected({ url, timeout: 20_000 })])
    const [one, other] = banks.map((bank) => bank.records('session')) as [Records, Records]
    const ids = Array.from({ length: 16 }, (_, n) => `id-${n}`)
    for (let round = 0; round < 30; round++) {
      await Promise.all([
        ...ids.map((id) => one.write(id, '1', { expires: null })),
        ...[...ids].reverse().map((id) => other.write(id, '2', { expires: null })),
      ])
    }
    await Promise.all(banks.map(disconnected))
    // A connection may report its statistics only when it ends.
    const open = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'crossing'`
    await eventually(async () => (await sql(server().url, open)).length === 0)
    const deadlocks = await sql(server().url, 'SELECT sum(deadlocks)::int AS n FROM pg_stat_database')
    expect(deadlocks).toEqual([{ n: 0 }])
  }, 60_000)

  it('disconnect waits for running calls', async () => {
    const bank = await connected({ url: server().url, table: 'closing' })
    const writes = Array.from({ length: 200 }, (_, n) => bank.records('s').write(`id-${n}`, '{}', { expires: null }))
    await disconnected(bank)
    expect((await Promise.all(writes)).every((revision) => revision !== null)).toBe(true)
    expect(await sql(server().url, 'SELECT count(*)::int AS n FROM closing')).toEqual([{ n: 200 }])
  })
})
