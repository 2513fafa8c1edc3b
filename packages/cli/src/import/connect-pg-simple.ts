import { Client, escapeIdentifier } from 'pg'
import { UserError } from '../user-error.ts'
import type { Found, SourceFlags } from './found.ts'

const PAGE = 500

/** Reads connect-pg-simple, which stores one row per session: `sid`, `sess` as JSON, `expire`. */
export async function* connectPgSimple(url: string, { table = 'session' }: SourceFlags): AsyncGenerator<Found> {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw new UserError('connect-pg-simple needs a postgres:// URL as <from>')
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const name = table.split('.').map(escapeIdentifier).join('.')
    // The column has no time zone. PostgreSQL reads and writes it in the time zone of the connection.
    const page = `SELECT sid, sess, (extract(epoch FROM expire::timestamptz) * 1000)::float8 AS expires
      FROM ${name} WHERE $1::text IS NULL OR sid > $1 ORDER BY sid LIMIT ${PAGE}`
    for (let last: string | null = null; ; ) {
      const { rows }: { rows: { sid: string; sess: unknown; expires: number }[] } = await client.query(page, [last])
      for (const { sid, sess, expires } of rows) yield { sid, session: sess, expires }
      if (rows.length < PAGE) return
      last = rows.at(-1)?.sid ?? null
    }
  } finally {
    await client.end()
  }
}
