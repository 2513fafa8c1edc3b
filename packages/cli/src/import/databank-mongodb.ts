import { types } from 'node:util'
import { COLLECTIONS, type Found, type SourceFlags } from './found.ts'
import { inMongodb } from './mongodb.ts'

/** databank-mongodb's escapes of a dot and a dollar in a key, which MongoDB did not allow then. */
const [DOT, DOLLAR] = ['\xff0e', '\xff04']

/**
 * Reads databank-mongodb, which stores the keys of a session beside `_id`. connect-databank adds the expiry to the
 * cookie.
 */
export async function* databankMongodb(
  url: string,
  { collection = COLLECTIONS['databank-mongodb'] }: SourceFlags,
): AsyncGenerator<Found> {
  for await (const document of inMongodb(url, collection)) {
    // Skips documents of the current driver.
    if (types.isDate(document.written)) continue
    const { _id, _s: isScalar, ...value } = document
    yield { sid: String(_id), session: isScalar ? undefined : decoded(value), expires: undefined }
  }
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== 'object' || value === null || types.isDate(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replace(DOT, '.').replace(DOLLAR, '$'), decoded(inner)]),
  )
}
