/**
 * The driver for PostgreSQL.
 *
 * @module @sessionbank/databank-postgres
 */

import { PostgresDatabank } from './postgres-databank.ts'

PostgresDatabank.register()

export type { PgClient, PgLibrary, PgPool, PgRelease, PostgresParams } from './options.ts'
export { PostgresDatabank } from './postgres-databank.ts'
export { tableDdl } from './table.ts'
