/** MongoDB refuses documents of more than 100 levels; some are ours. */
const DEEPEST = 80

/** How JSON writes half of a surrogate pair, which UTF-8 cannot hold. (An escaped backslash before it is a harmless alarm.) */
const HALF_PAIR = /\\ud[89a-f]/i

/**
 * Whether a value, stored as BSON and read back, gives the same JSON text again. Numbers and the order of keys are right
 * where they are for JSON.parse; the rest is a matter of keys, depth and half characters.
 */
export function isExact(value: unknown, json: string): boolean {
  return !HALF_PAIR.test(json) && keysFit(value, DEEPEST) && JSON.stringify(value) === json
}

/** What MongoDB can hold of a value that it cannot hold exactly: the good ones of its outermost keys, or nothing. */
export function searchablePart(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const good = Object.entries(value).filter(([key, inner]) => {
    return keyFits(key) && keysFit(inner, DEEPEST) && !HALF_PAIR.test(JSON.stringify(inner))
  })
  return Object.fromEntries(good)
}

function keysFit(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => keysFit(item, depth - 1))
  for (const key of Object.keys(value)) {
    if (!keyFits(key) || !keysFit((value as Record<string, unknown>)[key], depth - 1)) return false
  }
  return true
}

/** `$` and `.` mean something in queries, NUL ends a key in BSON, and the client reads meaning into two names. */
function keyFits(key: string): boolean {
  if (key === '' || key === '__proto__' || key === '_bsontype') return false
  return !key.startsWith('$') && !key.includes('.') && !key.includes('\0') && !/\p{Surrogate}/u.test(key)
}
