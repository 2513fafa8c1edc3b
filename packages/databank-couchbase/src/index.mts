export { CouchbaseDatabank, type CouchbaseParams, type Durability, indexStatements, type Keyspace } from './index.ts'
