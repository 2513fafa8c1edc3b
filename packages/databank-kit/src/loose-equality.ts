/** What text and arrays have by nature: below it databank would find something where an index finds nothing. */
const NATIVES: object[] = [Array.prototype, String.prototype]

/**
 * Whether `field == value`, as databank compares, is decided by an index that knows `field === value`: for text that
 * stands for nothing else, at a path of names that no value has by nature.
 *
 * `'ann'` is such a text. `'42'` is not (`42 == '42'`), nor `''` (`0 == ''`); null equals a field that is missing.
 */
export function isDecidedByIndex(field: string, value: unknown): value is string {
  if (typeof value !== 'string' || !Number.isNaN(Number(value))) return false
  const path = field.split('.')
  if (path.some((key) => key in Object.prototype || /^\d+$/.test(key))) return false
  return path.slice(0, -1).every((key) => NATIVES.every((native) => !(key in native)))
}

/** Returns whether a value has all of these at its dotted paths, compared as databank does: `42` is equal to `'42'`. */
export function meetsCriteria(value: unknown, criteria: Record<string, unknown>): boolean {
  for (const path in criteria) {
    // biome-ignore lint/suspicious/noDoubleEquals: databank compares loosely
    if (valueAtPath(value, path) != criteria[path]) return false
  }
  return true
}

/** As databank finds a property: those of prototypes too, and null where a path leads on from nothing. */
function valueAtPath(value: unknown, path: string): unknown {
  let current = value
  for (const key of path.split('.')) {
    if (!current) return null
    current = (current as Record<string, unknown>)[key]
  }
  return current
}
