import { assertHides } from '@sessionbank/databank-kit/conformance'
import { describeWith, postgres } from '@sessionbank/test-servers'
import { Pool } from 'pg'
import { connected, disconnected } from './connected.ts'
import { sql } from './sql.ts'

const ID = 'canary-id'
const CONTENT = 'canary-content'
const JSON_TEXT = JSON.stringify({ word: CONTENT })

const QUOTING_TRIGGER = `
  CREATE FUNCTION quote_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'no %', NEW.json USING DETAIL = NEW.id, HINT = NEW.json, ERRCODE = 'check_violation',
      CONSTRAINT = NEW.json, COLUMN = NEW.id, TABLE = NEW.id, SCHEMA = NEW.id, DATATYPE = NEW.id;
  END $$;
  CREATE TRIGGER quote_it BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION quote_it();`

interface Table {
  columns?: object
  constraint?: string
  /** Statements to run after creating the table. */
  more?: string
}

/** Each table rejects a record for a different reason, so that PostgreSQL quotes it in a different field of the error. */
const TABLES: [name: string, table: Table][] = [
  ['with uuids as ids', { columns: { id: 'uuid' } }],
  ['with numbers as ids', { columns: { id: 'bigint' } }],
  ['with short texts', { columns: { json: 'varchar(3)' } }],
  ['with numbers as texts', { columns: { json: 'numeric' } }],
  ['with dates as revisions', { columns: { revision: 'timestamptz' } }],
  ['with a constraint', { constraint: `CHECK (json NOT LIKE '%canary%')` }],
  ['with a trigger that quotes values', { more: QUOTING_TRIGGER }],
]

/** Returns statements that create an unsuitable table. */
function tableOf({ columns, constraint = 'CHECK (true)', more = '' }: Table): string {
  const text = { type: 'text', id: 'text', json: 'text', revision: 'text', expires: 'bigint', tokens: 'text[]' }
  const list = Object.entries({ ...text, ...columns }).map((column) => column.join(' '))
  return `DROP TABLE IF EXISTS t; DROP FUNCTION IF EXISTS quote_it;
    CREATE TABLE t (${list.join(', ')}, PRIMARY KEY (type, id), ${constraint}); ${more}`
}

describeWith(postgres, (server) => {
  it.each(TABLES)('an error of a table %s shows neither id nor content', async (_, table) => {
    await sql(server().url, tableOf(table))
    const pool = new Pool({ connectionString: server().url })
    const released: unknown[] = []
    pool.on('release', (error) => void released.push(error))
    const bank = await connected({ pool, table: 't' })
    const records = bank.records('session')
    const failures: unknown[] = []
    const calls = [
      () => records.write(ID, JSON_TEXT, { expires: null }),
      () => records.write(`${ID}-2`, JSON_TEXT, { expires: null, ifRevision: null }),
      () => records.write(ID, JSON_TEXT, { expires: null, ifRevision: ID }),
      () => records.read(ID),
      () => records.touch(ID, 5, { ifRevision: ID, extend: true }),
      () => records.delete(ID),
    ]
    for (const call of calls) await call().catch((error) => failures.push(error))
    expect(failures.length).toBeGreaterThan(0)
    for (const error of failures) {
      assertHides(error, ID, CONTENT)
      expect(error).toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
        message: expect.stringMatching(/SQLSTATE \w{5}/),
      })
    }
    expect(released.filter((error) => error instanceof Error)).toEqual([])
    await disconnected(bank)
    await pool.end()
  })

  it('an error contains the fields of the server’s error that hold no value', async () => {
    await sql(server().url, tableOf({ constraint: `CONSTRAINT no_birds CHECK (json NOT LIKE '%canary%')` }))
    const bank = await connected({ url: server().url, table: 't' })
    await expect(bank.records('session').write(ID, JSON_TEXT, { expires: null })).rejects.toMatchObject({
      message: expect.stringContaining('constraint "no_birds"'),
      cause: { code: '23514', table: 't', constraint: 'no_birds', routine: expect.any(String) },
    })
    await disconnected(bank)
  })
})
