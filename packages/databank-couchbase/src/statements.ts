/** Where the documents are. Scope and collection are `_default` unless they are named. */
export interface Keyspace {
  /** The name of the bucket. */
  bucket: string
  /** The name of the scope. Default: `_default`. */
  scope?: string
  /** The name of the collection. Default: `_default`. */
  collection?: string
}

/** A statement of SQL++. What comes from a caller is a parameter, never part of the text. */
export interface Statement {
  text: string
  parameters: Record<string, string | number>
}

/** One page of the keys of a type, in their order; with a token, only those that have it. Which are alive shows on reading. */
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

/** How many records of a type are alive. */
export function countStatement(keyspace: Keyspace, { type, now }: { type: string; now: number }): Statement {
  return {
    text: `SELECT RAW COUNT(*) FROM ${nameOf(keyspace)} AS r WHERE r.\`databank\` = $type AND (r.\`expires\` IS NULL OR r.\`expires\` > $now)`,
    parameters: { type, now },
  }
}

/**
 * The statements that make a bank's indexes, for a migration; with `createIndexes: true` the driver runs them itself.
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

/** The bucket alone names its default collection, also where the server is too old to know others. */
function nameOf({ bucket, scope = '_default', collection = '_default' }: Keyspace): string {
  const parts = scope === '_default' && collection === '_default' ? [bucket] : [bucket, scope, collection]
  return parts.map((name) => `\`${name.replaceAll('`', '``')}\``).join('.')
}
