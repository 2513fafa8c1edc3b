/**
 * The driver for Couchbase.
 *
 * @module @sessionbank/databank-couchbase
 */

import { CouchbaseDatabank } from './couchbase-databank.ts'

CouchbaseDatabank.register()

export { CouchbaseDatabank } from './couchbase-databank.ts'
export type { CouchbaseCluster, CouchbaseLibrary, CouchbaseParams, Durability } from './options.ts'
export { indexStatements, type Keyspace } from './statements.ts'
