import { createHash } from 'node:crypto'
import type { Table } from './table.ts'

/** An SQL statement. */
export interface Statement {
  text: string
  /**
   * Derived from the text, because the app's pool may serve other banks and the app. Empty if the statement is not
   * prepared.
   */
  name: string
  /** False if it may be sent twice, and may be abandoned at its timeout. */
  isWrite: boolean
}

/**
 * Returns all statements of a bank. `now` is always a parameter, because expiries are also computed with the app's
 * clock.
 */
export function statementsFor({ name: table }: Table, isPrepared = true) {
  const nameOf = (text: string) => `databank_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  const reads = (text: string): Statement => ({ text, name: isPrepared ? nameOf(text) : '', isWrite: false })
  const writes = (text: string): Statement => ({ ...reads(text), isWrite: true })
  const live = (now: string) => `(expires IS NULL OR expires > ${now})`
  /** Returns the later of two expiries if `extend` is true; null is the latest. Reads the row after locking it. */
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

    /** If `$6` is null, touches any revision. */
    touch: writes(`
    UPDATE ${table} SET expires = ${end('$3', '$5')}
    WHERE type = $1 AND id = $2 AND ${live('$4')} AND ($6::text IS NULL OR revision = $6)`),

    delete: writes(`DELETE FROM ${table} WHERE type = $1 AND id = $2`),

    count: reads(`SELECT count(*) FROM ${table} WHERE type = $1 AND ${live('$2')}`),

    page: reads(`
    SELECT json, revision, expires, id FROM ${table}
    WHERE type = $1 AND id >= $2 AND ${live('$3')} ORDER BY id LIMIT $4`),

    /** Materialized, because otherwise the planner may scan the primary key to satisfy ORDER BY and LIMIT. */
    idsWithToken: reads(`
    WITH hits AS MATERIALIZED (
      SELECT id FROM ${table} WHERE type = $1 AND tokens @> ARRAY[$2]::text[] AND ${live('$3')})
    SELECT id FROM hits WHERE id >= $4 ORDER BY id LIMIT $5`),

    readMany: reads(`
    SELECT json, revision, expires, id FROM ${table} WHERE type = $1 AND id = ANY ($2::text[]) AND ${live('$3')}`),

    /** Deletes a page, so that no statement exceeds the timeout. Returns the page's last id and its number of rows. */
    clearPage: writes(`
    WITH page AS MATERIALIZED (SELECT id FROM ${table} WHERE type = $1 AND id >= $2 ORDER BY id LIMIT $3),
    gone AS (DELETE FROM ${table} WHERE type = $1 AND id = ANY (ARRAY(SELECT id FROM page)))
    SELECT max(id), count(*) FROM page`),

    /** Locking a row checks it again, so that a touch committed since the snapshot counts. */
    deleteExpired: writes(`
    WITH dead AS MATERIALIZED (
      SELECT id FROM ${table} WHERE type = $1 AND expires <= $2 ORDER BY expires LIMIT $3 FOR UPDATE SKIP LOCKED)
    DELETE FROM ${table} WHERE type = $1 AND id = ANY (ARRAY(SELECT id FROM dead))`),

    /** Applies to the current transaction only. */
    lockTimeout: reads(`SELECT set_config('lock_timeout', $1, true)`),
  }
}

export type Statements = ReturnType<typeof statementsFor>
