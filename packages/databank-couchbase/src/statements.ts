/** The names of a bucket, scope and collection. */
export interface Keyspace {
  /** The name of the bucket. */
  bucket: string
  /** The name of the scope. Default: `_default`. */
  scope?: string
  /** The name of the collection. Default: `_default`. */
  collection?: string
}

/** An SQL++ statement. Values from callers are parameters, never part of the text. */
export interface Statement {
  text: string
  parameters: Record<string, string | number>
}

/**
 * Returns a statement that lists a page of a type's keys in order, expired ones included. If a token is given, lists
 * only keys of records with that token.
 */
export function keysStatement(
  keyspace: Keyspace,
  { type, after, limit, token }: { type: string; after: string; limit: number; token?: string | undefined },
): Statement {
  const where = token === undefined ? '' : 'ANY token IN r.`tokens` SATISFIES token = $token END AND '
  return {
    text: `SELECT RAW META(r).id FROM ${nameOf(keyspace)} AS r WHERE r.\`databank\` = $type AND ${where}META(r).id > $after ORDER BY META(r).id LIMIT $limit`,
    parameters: { type, after, limit, ...(token !== undefined && { token }) },
  }
}

/** Returns a statement that counts the live records of a type. */
export function countStatement(keyspace: Keyspace, { type, now }: { type: string; now: number }): Statement {
  return {
    text: `SELECT RAW COUNT(*) FROM ${nameOf(keyspace)} AS r WHERE r.\`databank\` = $type AND (r.\`expires\` IS NULL OR r.\`expires\` > $now)`,
    parameters: { type, now },
  }
}

/**
 * Returns the statements that create a bank's indexes, for a migration. With `createIndexes: true` the driver runs them
 * itself.
 *
 * @example
 * ```ts
 * console.log(indexStatements({ bucket: 'sessions' }).join(';\n'))
 * ```
 */
export function indexStatements(keyspace: Keyspace): string[] {
  const name = nameOf(keyspace)
  return [
    `CREATE INDEX IF NOT EXISTS \`databank_records\` ON ${name}(\`databank\`, META().id, \`expires\`)`,
    `CREATE INDEX IF NOT EXISTS \`databank_tokens\` ON ${name}(\`databank\`, DISTINCT ARRAY token FOR token IN \`tokens\` END, META().id)`,
  ]
}

/** Returns the quoted name. A bucket's name alone means its default collection, even on servers without collections. */
function nameOf({ bucket, scope = '_default', collection = '_default' }: Keyspace): string {
  const parts = scope === '_default' && collection === '_default' ? [bucket] : [bucket, scope, collection]
  return parts.map((name) => `\`${name.replaceAll('`', '``')}\``).join('.')
}
