import { type Call, ConnectError } from '@sessionbank/databank-kit'
import type { Connection } from './connection.ts'
import { ddlOf, type Table } from './stored-form.ts'

/** Any number will do, as long as every process that makes a table takes the same: the letters of "sess". */
const LOCK = 0x73657373

/** Checks that the database holds any text, and that the table is there and of the right form; makes it if need be. */
export async function prepareTable(connection: Connection, table: Table, mayCreate: boolean, call: Call) {
  const ask = (text: string) => connection.ask(text, call)
  const encoding = (await ask('SHOW server_encoding')).rows[0]?.[0]
  if (encoding !== 'UTF8') {
    throw new ConnectError(
      `the database is encoded in ${encoding} and holds some texts only: make one with ENCODING 'UTF8'`,
    )
  }
  const name = table.name.replaceAll("'", "''").replaceAll('\\', '\\\\')
  if ((await ask(`SELECT to_regclass(E'${name}')`)).rows[0]?.[0] === null) {
    if (!mayCreate) {
      throw new ConnectError(
        'the table is not there, and `createTable` is false: run the statements of `tableDdl()` in a migration',
      )
    }
    // IF NOT EXISTS alone does not keep two processes apart. Sent as one text, this is one transaction.
    await ask(`SELECT pg_advisory_xact_lock(${LOCK});\n${ddlOf(table)}`)
  }
  await ask(`SELECT type, id, json, revision, expires, tokens FROM ${table.name} LIMIT 0`)
}
