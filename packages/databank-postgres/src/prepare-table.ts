import { type Call, ConnectError, codeOf } from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import type { Options } from './options.ts'
import { ddlOf } from './stored-form.ts'

/** Any number will do, as long as every process that makes a table takes the same: the letters of "sess". */
const LOCK = 0x73657373

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
