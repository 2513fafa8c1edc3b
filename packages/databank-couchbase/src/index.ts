import { DatabankBase } from '@sessionbank/databank-kit'
import { CouchbaseDatabank } from './couchbase-databank.ts'

DatabankBase.register('couchbase', CouchbaseDatabank)

export { CouchbaseDatabank } from './couchbase-databank.ts'
export type { CouchbaseParams, Durability } from './options.ts'
export { indexStatements, type Keyspace } from './statements.ts'
