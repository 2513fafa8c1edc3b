import { type Call, ConnectError, codeOf, InvalidOptionError } from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import type { Options } from './options.ts'
import { isStorable } from './stored-form.ts'

/** PostgreSQL cuts names after 63 bytes without a word; a table leaves room for the names of its indexes. */
const [LONGEST_TABLE, LONGEST_SCHEMA] = [50, 63]

/** Any number will do, as long as every process that makes a table takes the same: the letters of "sess". */
const LOCK = 0x73657373

/** Reads `table` or `schema.table`, and returns the names of the table and its indexes, which live in its schema, quoted. */
export function tableNamed(text: string) {
  const [table = '', schema, ...more] = typeof text === 'string' ? text.split('.').reverse() : []
  const isName = (part: string, longest: number) => part !== '' && isStorable(part, longest)
  if (more.length > 0 || !isName(table, LONGEST_TABLE) || (schema !== undefined && !isName(schema, LONGEST_SCHEMA))) {
    throw new InvalidOptionError(
      `\`table\` is a name of up to ${LONGEST_TABLE} bytes, or schema.table, without NUL and further dots`,
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
 * Returns the statements that make a bank's table, for a migration; with `createTable: true` the driver runs them itself.
 *
 * @param table as in the params. Default: `databank`.
 * @throws InvalidOptionError if that is no name.
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

/** Returns the same, one by one. */
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

/** Checks that the database holds any text, and that the table is there and of the right form; makes it if need be. */
export async function prepareTable(connection: Connection, { table, createTable }: Options, call: Call) {
  const [answer] = await connection.ask(call, 'SHOW server_encoding')
  const encoding = answer?.rows[0]?.[0]
  if (encoding !== 'UTF8') {
    throw new ConnectError(
      `the database is encoded in ${encoding} and holds some texts only: make one with ENCODING 'UTF8'`,
    )
  }
  const columns = `SELECT type, id, json, revision, expires, tokens FROM ${table.name} LIMIT 0`
  try {
    await connection.ask(call, columns)
  } catch (error) {
    const isMissing = codeOf(error) === '42P01'
    if (!isMissing || !createTable) throw error
    // IF NOT EXISTS alone does not keep two processes apart.
    await connection.ask(call, `SELECT pg_advisory_xact_lock(${LOCK})`, ...ddlOf(table))
    await connection.ask(call, columns)
  }
}
