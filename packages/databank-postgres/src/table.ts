import { InvalidOptionError } from '@sessionbank/databank-kit'
import { isStorableText } from './storable-text.ts'

/** PostgreSQL cuts names after 63 bytes without a word; this leaves room for the names of the indexes. */
const LONGEST_TABLE = 50
const LONGEST_SCHEMA = 63

/** A table as statements name it. */
export interface Table {
  /** Quoted, with its schema where one was given. */
  name: string
  /** Quoted names of its indexes, which live in the schema of the table. */
  expiresIndex: string
  tokensIndex: string
}

/** Reads `table` or `schema.table`, and quotes either part as it stands. */
export function tableNamed(text: string): Table {
  const parts = typeof text === 'string' ? text.split('.') : []
  const table = parts.pop()
  const schema = parts.pop()
  if (parts.length > 0 || !isName(table, LONGEST_TABLE) || (schema !== undefined && !isName(schema, LONGEST_SCHEMA))) {
    throw new InvalidOptionError(
      `\`table\` is a name of up to ${LONGEST_TABLE} bytes, or schema.table, without NUL and further dots`,
    )
  }
  return {
    name: schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`,
    expiresIndex: quoted(`${table}_expires`),
    tokensIndex: quoted(`${table}_tokens`),
  }
}

/**
 * The statements that make a bank's table, for a migration; with `createTable: true` the driver runs them itself.
 *
 * @param table as in the params. Default: `databank`.
 * @throws InvalidOptionError where that is no name.
 * @example
 * await migration.query(tableDdl('app.sessions'))
 */
export function tableDdl(table = 'databank'): string {
  const { name, expiresIndex, tokensIndex } = tableNamed(table)
  return `CREATE TABLE IF NOT EXISTS ${name} (
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  json text NOT NULL,
  revision text COLLATE "C" NOT NULL,
  expires double precision,
  tokens text[] COLLATE "C",
  PRIMARY KEY (type, id)
);
CREATE INDEX IF NOT EXISTS ${expiresIndex} ON ${name} (type, expires) WHERE expires IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${tokensIndex} ON ${name} USING gin (tokens) WITH (fastupdate = off) WHERE tokens IS NOT NULL;
`
}

function isName(text: string | undefined, longest: number): text is string {
  return text !== undefined && text !== '' && isStorableText(text) && Buffer.byteLength(text) <= longest
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
