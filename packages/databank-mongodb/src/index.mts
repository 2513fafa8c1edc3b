export { MongodbDatabank, type MongodbParams } from './index.ts'
