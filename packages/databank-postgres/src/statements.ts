import { createHash } from 'node:crypto'
import type { Table } from './table.ts'

/** SQL with the name under which a connection prepares it. */
export interface Statement {
  text: string
  /** Made from the text, as a pool that was handed in may serve other banks and the app. */
  name: string
}

/**
 * Every statement of a bank. `now` is always a parameter, the app's clock: the one that works out the expiries too.
 * A statement is one round trip and commits by itself.
 */
export function statementsFor({ name: table }: Table) {
  const live = (now: string) => `(expires IS NULL OR expires > ${now})`
  /** The later of two ends of a life, null being the latest. Worked out on the row as it is when it is locked. */
  const later = (end: string) => `CASE WHEN expires > ${end} OR expires IS NULL THEN expires ELSE ${end} END`
  const replace = (expires: string) => `
    UPDATE ${table} SET json = $3, revision = $4, expires = ${expires}, tokens = $6
    WHERE type = $1 AND id = $2 AND revision = $8 AND ${live('$7')}`
  const touch = (expires: string) => `
    UPDATE ${table} SET expires = ${expires} WHERE type = $1 AND id = $2 AND ${live('$4')}`
  const insert = `
    INSERT INTO ${table} AS present (type, id, json, revision, expires, tokens) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (type, id) DO UPDATE SET json = EXCLUDED.json, revision = EXCLUDED.revision,
      expires = EXCLUDED.expires, tokens = EXCLUDED.tokens`

  return {
    read: statement(`SELECT json, revision, expires FROM ${table} WHERE type = $1 AND id = $2 AND ${live('$3')}`),

    write: statement(insert),

    create: statement(`${insert} WHERE present.expires <= $7`),

    replace: statement(replace('$5')),
    replaceAndExtend: statement(replace(later('$5'))),

    touch: statement(touch('$3')),
    touchRevision: statement(`${touch('$3')} AND revision = $5`),
    extend: statement(touch(later('$3'))),
    extendRevision: statement(`${touch(later('$3'))} AND revision = $5`),

    delete: statement(`DELETE FROM ${table} WHERE type = $1 AND id = $2`),

    count: statement(`SELECT count(*) FROM ${table} WHERE type = $1 AND ${live('$2')}`),

    page: statement(`
    SELECT id, json, revision, expires FROM ${table}
    WHERE type = $1 AND id >= $2 AND ${live('$3')} ORDER BY id LIMIT $4`),

    /** Materialised, or the planner may walk the primary key for the sake of ORDER BY and LIMIT. */
    idsWithToken: statement(`
    WITH hits AS MATERIALIZED (
      SELECT id FROM ${table} WHERE type = $1 AND tokens @> ARRAY[$2]::text[] AND ${live('$3')})
    SELECT id FROM hits WHERE id >= $4 ORDER BY id LIMIT $5`),

    readMany: statement(`
    SELECT id, json, revision, expires FROM ${table}
    WHERE type = $1 AND id = ANY ($2::text[]) AND ${live('$3')}`),

    /** By pages, so that none outlasts the timeout; gives the last id and the number of the page. */
    clearPage: statement(`
    WITH page AS MATERIALIZED (SELECT id FROM ${table} WHERE type = $1 AND id >= $2 ORDER BY id LIMIT $3),
    gone AS (DELETE FROM ${table} WHERE type = $1 AND id = ANY (ARRAY(SELECT id FROM page)))
    SELECT max(id), count(*) FROM page`),

    /** Locking a row rechecks it: what a touch has committed since the snapshot counts. */
    deleteExpired: statement(`
    WITH dead AS MATERIALIZED (
      SELECT id FROM ${table} WHERE type = $1 AND expires <= $2 ORDER BY expires LIMIT $3 FOR UPDATE SKIP LOCKED)
    DELETE FROM ${table} WHERE type = $1 AND id = ANY (ARRAY(SELECT id FROM dead))`),
  }
}

export type Statements = ReturnType<typeof statementsFor>

function statement(text: string): Statement {
  return { text, name: `databank_${createHash('sha256').update(text).digest('hex').slice(0, 16)}` }
}
