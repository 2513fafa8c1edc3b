/**
 * The driver for MongoDB.
 *
 * @module @sessionbank/databank-mongodb
 */

import { MongodbDatabank } from './mongodb-databank.ts'

MongodbDatabank.register()

export { MongodbDatabank } from './mongodb-databank.ts'
export type { MongodbClient, MongodbDb, MongodbLibrary, MongodbParams } from './options.ts'
