import { InvalidOptionError } from '@sessionbank/databank-kit'

/** MongoDB's limit for database, dot and collection is 255 bytes since 4.4; this leaves the database its 63. */
const LONGEST = 190

/** A type is the name of its collection, as it stands. */
export function collectionName(type: string): string {
  const fits = Buffer.byteLength(type) <= LONGEST && !/[$\0\p{Surrogate}]/u.test(type)
  const reserved = type.startsWith('system.') || type.startsWith('.') || type.endsWith('.') || type.includes('..')
  if (fits && !reserved) return type
  throw new InvalidOptionError(
    `a type is the name of a collection: up to ${LONGEST} bytes without $ and NUL, no "system." before it, no dot at its ends`,
  )
}
