import { ConnectError } from '@sessionbank/databank-kit'
import { connectErrorAt } from './connect-error.ts'
import type { Connections } from './connections.ts'
import type { Answer } from './exchange.ts'
import { tableDdl, tableNamed } from './table.ts'

/** Any number will do, as long as every process that makes a table takes the same: the letters of "sess". */
const LOCK = 0x73657373

type Ask = (text: string) => Promise<Answer>

interface Wanted {
  table: string
  createTable: boolean
  /** Where the driver's own pool connects to; without: a pool of the app. */
  address?: (() => string) | undefined
}

/** Sees to it that the database holds any text, and that the table is there and of the right form. */
export async function prepareTable(connections: Connections, { table, createTable, address }: Wanted): Promise<void> {
  const ask = connections.questions(connectErrorAt(address))
  await checkEncoding(ask)
  if (!(await isThere(ask, table))) {
    if (!createTable) {
      throw new ConnectError(
        'the table is not there, and `createTable` is false: run the statements of `tableDdl()` in a migration',
      )
    }
    // IF NOT EXISTS alone does not keep two processes apart. Sent as one text, this is one transaction.
    await ask(`SELECT pg_advisory_xact_lock(${LOCK});\n${tableDdl(table)}`)
  }
  await ask(`SELECT type, id, json, revision, expires, tokens FROM ${tableNamed(table).name} LIMIT 0`)
}

async function checkEncoding(ask: Ask): Promise<void> {
  const encoding = (await ask('SHOW server_encoding')).rows[0]?.[0]
  if (encoding === 'UTF8') return
  throw new ConnectError(
    `the database is encoded in ${encoding} and holds some texts only: make one with ENCODING 'UTF8'`,
  )
}

async function isThere(ask: Ask, table: string): Promise<boolean> {
  const name = tableNamed(table).name.replaceAll("'", "''")
  return (await ask(`SELECT to_regclass(E'${name.replaceAll('\\', '\\\\')}')`)).rows[0]?.[0] !== null
}
