import type { Collection, CreateIndexesOptions, IndexSpecification } from 'mongodb'

/**
 * MongoDB removes an expired document this long after its time, in seconds: by its own clock, which may be ahead of the
 * app's, and a record lives until the app's clock says otherwise.
 */
const GRACE = 60

/** IndexOptionsConflict and IndexKeySpecsConflict: somebody made one on the same field, and made it otherwise on purpose. */
const THERE_ALREADY = new Set([85, 86])

/** Makes the indexes of a collection where they are not there yet; the collection too, if need be. */
export async function makeIndexes(collection: Collection<never>, indices: readonly string[]): Promise<void> {
  await makeIndex(collection, { expires: 1 }, { expireAfterSeconds: GRACE })
  if (indices.length === 0) return
  await makeIndex(collection, { tokens: 1, _id: 1 }, { partialFilterExpression: { tokens: { $exists: true } } })
  // For the flat documents of the older driver, and so empty where there are none.
  for (const field of indices.filter(isPath)) await makeIndex(collection, { [field]: 1 }, { sparse: true })
}

/** Whether a field can be one in a query; another was in no flat document either. */
export function isPath(field: string): boolean {
  return !field.includes('\0') && field.split('.').every((key) => key !== '' && !key.startsWith('$'))
}

async function makeIndex(collection: Collection<never>, keys: IndexSpecification, options: CreateIndexesOptions) {
  try {
    await collection.createIndex(keys, options)
  } catch (error) {
    if (!THERE_ALREADY.has(Number((error as { code?: unknown }).code))) throw error
  }
}
