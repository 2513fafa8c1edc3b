import { createHash } from 'node:crypto'
import { type IdRule, InvalidOptionError, type StoredRecord, type Tokens } from '@sessionbank/databank-kit'

/** The primary key holds type and id, and PostgreSQL refuses index rows over 2,704 bytes. */
export const LONGEST_TYPE = 500
const LONGEST_ID = 2_000

export const IDS: IdRule = {
  rule: `in PostgreSQL up to ${LONGEST_ID} bytes of UTF-8, without NUL and lone surrogates`,
  maxBytes: LONGEST_ID,
  forbidden: /\0/,
}

/** PostgreSQL cuts names after 63 bytes without a word; this leaves room for the names of the indexes. */
const LONGEST_TABLE = 50
const LONGEST_SCHEMA = 63

/** Returns whether `text` of PostgreSQL can hold it: no NUL, and, being UTF-8, no lone surrogate. */
export function isStorableText(text: string, maxBytes = Number.POSITIVE_INFINITY): boolean {
  return !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= maxBytes
}

/** Reads `table` or `schema.table`, and returns the names of the table and its indexes, which live in its schema, quoted. */
export function tableNamed(text: string) {
  const [table = '', schema, ...more] = typeof text === 'string' ? text.split('.').reverse() : []
  const isName = (part: string, longest: number) => part !== '' && isStorableText(part, longest)
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
 * await migration.query(tableDdl('app.sessions'))
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

/** The columns of a record, in the order of the statements. */
export function recordIn([json, revision, expires]: (string | null | undefined)[]): StoredRecord {
  const end = expires === null || expires === undefined ? null : Number(expires)
  return { json: json as string, revision: revision as string, expires: end }
}

/** Returns null if there are none: such a row costs the index on tokens nothing. */
export function tokenList(tokens: Tokens, indices: readonly string[]): string[] | null {
  const list = indices.map((field) => tokens[field]).filter((token) => typeof token === 'string')
  return list.length > 0 ? list : null
}

/** SQL as a connection prepares it. */
export interface Statement {
  text: string
  /** Made from the text, as a pool that was handed in may serve other banks and the app; empty: it is not prepared. */
  name: string
  isWrite: boolean
}

/**
 * Returns every statement of a bank. `now` is always a parameter, the app's clock: the one that works out the expiries too.
 * A statement is one round trip and commits by itself.
 */
export function statementsFor({ name: table }: Table, isPrepared = true) {
  const nameOf = (text: string) => `databank_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  const reads = (text: string): Statement => ({ text, name: isPrepared ? nameOf(text) : '', isWrite: false })
  const writes = (text: string): Statement => ({ ...reads(text), isWrite: true })
  const live = (now: string) => `(expires IS NULL OR expires > ${now})`
  /** With `extend`, the later of two ends of a life, null being the latest; on the row as it is when it is locked. */
  const end = (expires: string, extend: string) =>
    `CASE WHEN ${extend}::boolean AND (expires > ${expires} OR expires IS NULL) THEN expires ELSE ${expires} END`

  return {
    read: reads(`SELECT json, revision, expires FROM ${table} WHERE type = $1 AND id = $2`),

    /** Over a live record too only if `$8` is true. */
    write: writes(`
    INSERT INTO ${table} AS present (type, id, json, revision, expires, tokens) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (type, id) DO UPDATE SET json = EXCLUDED.json, revision = EXCLUDED.revision,
      expires = EXCLUDED.expires, tokens = EXCLUDED.tokens WHERE $8::boolean OR present.expires <= $7`),

    replace: writes(`
    UPDATE ${table} SET json = $3, revision = $4, expires = ${end('$5', '$8')}, tokens = $6
    WHERE type = $1 AND id = $2 AND ${live('$7')} AND revision = $9`),

    /** `$6` null: whatever the revision. */
    touch: writes(`
    UPDATE ${table} SET expires = ${end('$3', '$5')}
    WHERE type = $1 AND id = $2 AND ${live('$4')} AND ($6::text IS NULL OR revision = $6)`),

    delete: writes(`DELETE FROM ${table} WHERE type = $1 AND id = $2`),

    count: reads(`SELECT count(*) FROM ${table} WHERE type = $1 AND ${live('$2')}`),

    page: reads(`
    SELECT json, revision, expires, id FROM ${table}
    WHERE type = $1 AND id >= $2 AND ${live('$3')} ORDER BY id LIMIT $4`),

    /** Materialised, or the planner may walk the primary key for the sake of ORDER BY and LIMIT. */
    idsWithToken: reads(`
    WITH hits AS MATERIALIZED (
      SELECT id FROM ${table} WHERE type = $1 AND tokens @> ARRAY[$2]::text[] AND ${live('$3')})
    SELECT id FROM hits WHERE id >= $4 ORDER BY id LIMIT $5`),

    readMany: reads(`
    SELECT json, revision, expires, id FROM ${table} WHERE type = $1 AND id = ANY ($2::text[]) AND ${live('$3')}`),

    /** By pages, so that none outlasts the timeout; gives the last id and the number of the page. */
    clearPage: writes(`
    WITH page AS MATERIALIZED (SELECT id FROM ${table} WHERE type = $1 AND id >= $2 ORDER BY id LIMIT $3),
    gone AS (DELETE FROM ${table} WHERE type = $1 AND id = ANY (ARRAY(SELECT id FROM page)))
    SELECT max(id), count(*) FROM page`),

    /** Locking a row rechecks it: what a touch has committed since the snapshot counts. */
    deleteExpired: writes(`
    WITH dead AS MATERIALIZED (
      SELECT id FROM ${table} WHERE type = $1 AND expires <= $2 ORDER BY expires LIMIT $3 FOR UPDATE SKIP LOCKED)
    DELETE FROM ${table} WHERE type = $1 AND id = ANY (ARRAY(SELECT id FROM dead))`),

    /** For the transaction alone. */
    lockTimeout: reads(`SELECT set_config('lock_timeout', $1, true)`),
  }
}

export type Statements = ReturnType<typeof statementsFor>
