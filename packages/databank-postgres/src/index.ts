import { DatabankBase } from '@sessionbank/databank-kit'
import { PostgresDatabank } from './postgres-databank.ts'

DatabankBase.register('postgres', PostgresDatabank)

export type { PgClient, PgPool, PgRelease, PostgresParams } from './options.ts'
export { PostgresDatabank } from './postgres-databank.ts'
export { tableDdl } from './table.ts'
