import { DatabankBase } from '@sessionbank/databank-kit'
import { MongodbDatabank } from './mongodb-databank.ts'

DatabankBase.register('mongodb', MongodbDatabank)

export { MongodbDatabank } from './mongodb-databank.ts'
export type { MongodbParams } from './options.ts'
