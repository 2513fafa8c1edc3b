import { MongodbDatabank } from './mongodb-databank.ts'

MongodbDatabank.register()

export { MongodbDatabank } from './mongodb-databank.ts'
export type { MongodbLibrary, MongodbParams } from './options.ts'
