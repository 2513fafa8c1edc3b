import { createHash } from 'node:crypto'
import type { Table } from './table.ts'

/** SQL as a connection prepares it. */
export interface Statement {
  text: string
  /** Made from the text, as a pool that was handed in may serve other banks and the app; empty: it is not prepared. */
  name: string
  /** False: it may be sent twice, and nobody need know what became of it once its time is up. */
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

    /** Replaces a live record only if `$8` is true. */
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
