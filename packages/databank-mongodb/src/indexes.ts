import type { CreateIndexesOptions, IndexSpecification } from 'mongodb'
import type { Records } from './connection.ts'
import { answerIn, indexError, isRefusal } from './failures.ts'

/**
 * MongoDB removes a document this many seconds after its expiry, because its clock may be ahead of the app's, which
 * decides when a record expires.
 */
const GRACE = 60

/** IndexOptionsConflict and IndexKeySpecsConflict: the app has its own, different index on the same field. */
const THERE_ALREADY = new Set([85, 86])

/** BadValue, CommandNotFound, CannotCreateIndex, InvalidOptions, CommandNotSupported and NotImplemented. */
const NOT_SUPPORTED = new Set([2, 59, 67, 72, 115, 238])

/**
 * Creates the missing indexes of a collection, and the collection itself. Indexes only make calls faster: if a server
 * does not support one, emits a warning, and the bank works without it.
 */
export async function makeIndexes(collection: Records, indices: readonly string[]): Promise<void> {
  const wanted: [IndexSpecification, CreateIndexesOptions][] = [[{ expires: 1 }, { expireAfterSeconds: GRACE }]]
  if (indices.length > 0) {
    wanted.push([{ tokens: 1, _id: 1 }, { partialFilterExpression: { tokens: { $exists: true } } }])
  }
  const refused: string[] = []
  for (const [keys, options] of wanted) {
    const refusal = await refusalOf(collection, keys, options)
    if (refusal === null) continue
    const isMade = (await refusalOf(collection, keys, {})) === null
    refused.push(`${JSON.stringify(keys)} was ${isMade ? 'created without its options' : 'not created'} (${refusal})`)
  }
  if (refused.length === 0) return
  process.emitWarning(
    `the server does not support an index of the collection ${JSON.stringify(collection.collectionName)}: ` +
      `${refused.join(', ')}; see "MongoDB-compatible servers" in docs/guides/mongodb.md of Sessionbank`,
    { code: 'SESSIONBANK_INDEX_REFUSED' },
  )
}

/** Creates an index. Returns the server's refusal if it does not support such an index, else null. */
async function refusalOf(collection: Records, keys: IndexSpecification, options: CreateIndexesOptions) {
  try {
    await collection.createIndex(keys, options)
  } catch (error) {
    if (isRefusal(error, NOT_SUPPORTED)) return answerIn(error)
    if (!isRefusal(error, THERE_ALREADY)) throw indexError(error)
  }
  return null
}
