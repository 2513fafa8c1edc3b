import { type Document, MongoClient } from 'mongodb'
import { UserError } from '../user-error.ts'

/** Streams the documents of a collection in the database of a URL. */
export async function* inMongodb(url: string, collection: string): AsyncGenerator<Document> {
  if (!/^mongodb(\+srv)?:\/\//i.test(url))
    throw new UserError('this kind needs a mongodb:// URL with a database as <from>')
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 })
  try {
    yield* client.db().collection(collection).find()
  } finally {
    await client.close()
  }
}
