import { Client } from 'pg'

/** Queries the server directly, without the driver. */
export async function sql(url: string, text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(text, values as never)
    return rows
  } finally {
    await client.end()
  }
}
