import { type Call, ConnectError, codeOf, InvalidOptionError } from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import type { Options } from './options.ts'
import { isStorable } from './stored-form.ts'

/** PostgreSQL silently cuts names after 63 bytes. A table's name leaves room for the names of its indexes. */
const [LONGEST_TABLE, LONGEST_SCHEMA] = [50, 63]

/** The advisory lock of all processes that create a table. The number is arbitrary: the letters of "sess". */
const LOCK = 0x73657373

/**
 * Parses `table` or `schema.table`. Returns the quoted names of the table and of its indexes, which are in its schema.
 */
export function tableNamed(text: string) {
  const [table = '', schema, ...more] = typeof text === 'string' ? text.split('.').reverse() : []
  const isName = (part: string, longest: number) => part !== '' && isStorable(part, longest)
  if (more.length > 0 || !isName(table, LONGEST_TABLE) || (schema !== undefined && !isName(schema, LONGEST_SCHEMA))) {
    throw new InvalidOptionError(
      `\`table\` must be a name of up to ${LONGEST_TABLE} bytes, or schema.table, without NUL and further dots`,
    )
  }
  const name = schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`
  return { name, expiresIndex: quoted(`${table}_expires`), tokensIndex: quoted(`${table}_tokens`) }
}

export type Table = ReturnType<typeof tableNamed>

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Returns the statements that create a bank's table, for a migration. With `createTable: true` the driver runs them
 * itself.
 *
 * @param table as the option of the same name. Default: `databank`
 * @throws InvalidOptionError if `table` is not a valid name
 * @example
 * ```ts
 * import pg from 'pg'
 *
 * const client = new pg.Client('postgres://app:secret@localhost/app')
 * await client.connect()
 * await client.query(tableDdl('sessions'))
 * await client.end()
 * ```
 */
export function tableDdl(table = 'databank'): string {
  return `${ddlOf(tableNamed(table)).join(';\n')};\n`
}

/** Returns the statements that create a bank's table, one by one. */
export function ddlOf({ name, expiresIndex, tokensIndex }: Table): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  json text NOT NULL,
  revision text COLLATE "C" NOT NULL,
  expires double precision,
  tokens text[] COLLATE "C",
  PRIMARY KEY (type, id)
)`,
    `CREATE INDEX IF NOT EXISTS ${expiresIndex} ON ${name} (type, expires) WHERE expires IS NOT NULL`,
    `CREATE INDEX IF NOT EXISTS ${tokensIndex} ON ${name} USING gin (tokens) WITH (fastupdate = off) WHERE tokens IS NOT NULL`,
  ]
}

/** Checks that the database can store any text and that the table has the right columns. Creates it if necessary. */
export async function prepareTable(connection: Connection, { table, createTable }: Options, call: Call) {
  const [answer] = await connection.ask(call, 'SHOW server_encoding')
  const encoding = answer?.rows[0]?.[0]
  if (encoding !== 'UTF8') {
    throw new ConnectError(
      `the database has the encoding ${encoding} and cannot store every text: create one with ENCODING 'UTF8'`,
    )
  }
  const columns = `SELECT type, id, json, revision, expires, tokens FROM ${table.name} LIMIT 0`
  try {
    await connection.ask(call, columns)
  } catch (error) {
    const isMissing = codeOf(error) === '42P01'
    if (!isMissing || !createTable) throw error
    // Locked, because IF NOT EXISTS can fail if two processes create the table at once.
    await connection.ask(call, `SELECT pg_advisory_xact_lock(${LOCK})`, ...ddlOf(table))
    await connection.ask(call, columns)
  }
}
