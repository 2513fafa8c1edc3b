export {
  type PgClient,
  type PgPool,
  type PgRelease,
  PostgresDatabank,
  type PostgresParams,
  tableDdl,
} from './index.ts'
