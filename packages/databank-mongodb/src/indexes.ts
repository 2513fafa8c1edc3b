import type { CreateIndexesOptions, IndexSpecification } from 'mongodb'
import type { Records } from './connection.ts'
import { answerIn, indexError, isRefusal } from './failures.ts'

/**
 * MongoDB removes an expired document this long after its time, in seconds: by its own clock, which may be ahead of the
 * app's, and a record lives until the app's clock says otherwise.
 */
const GRACE = 60

/** IndexOptionsConflict and IndexKeySpecsConflict: the app made one on the same field, and made it otherwise on purpose. */
const THERE_ALREADY = new Set([85, 86])

/** BadValue, CommandNotFound, CannotCreateIndex, InvalidOptions, CommandNotSupported and NotImplemented. */
const NOT_SUPPORTED = new Set([2, 59, 67, 72, 115, 238])

/**
 * Makes the indexes of a collection if they are not there yet; the collection too, if need be. An index makes calls faster
 * and no more: if a server does not support one, a warning says so, and the bank works.
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
    refused.push(`${JSON.stringify(keys)} was ${isMade ? 'made without its options' : 'not made'} (${refusal})`)
  }
  if (refused.length === 0) return
  process.emitWarning(
    `the server does not support an index of the collection ${JSON.stringify(collection.collectionName)}: ` +
      `${refused.join(', ')}; see "MongoDB-compatible servers" in docs/guides/mongodb.md of Sessionbank`,
    { code: 'SESSIONBANK_INDEX_REFUSED' },
  )
}

/** Makes an index. Returns how the server refused it if it does not support such a one, else null. */
async function refusalOf(collection: Records, keys: IndexSpecification, options: CreateIndexesOptions) {
  try {
    await collection.createIndex(keys, options)
  } catch (error) {
    if (isRefusal(error, NOT_SUPPORTED)) return answerIn(error)
    if (!isRefusal(error, THERE_ALREADY)) throw indexError(error)
  }
  return null
}
