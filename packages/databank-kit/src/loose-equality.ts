/** The built-in properties of arrays and strings, which databank's paths can reach but an index cannot. */
const NATIVES: object[] = [Array.prototype, String.prototype]

/**
 * Returns whether an index, which compares `field === value`, also decides `field == value`, as databank compares. This
 * holds for text that equals no value of another type, at a path without built-in properties.
 *
 * `'ann'` is such a text. `'42'` is not (`42 == '42'`), nor is `''` (`0 == ''`). null equals a missing field.
 */
export function isDecidedByIndex(field: string, value: unknown): value is string {
  if (typeof value !== 'string' || !Number.isNaN(Number(value))) return false
  const path = field.split('.')
  if (path.some((key) => key in Object.prototype || /^\d+$/.test(key))) return false
  return path.slice(0, -1).every((key) => NATIVES.every((native) => !(key in native)))
}

/** Returns whether a value has all these values at its dotted paths, compared as databank does: `42` equals `'42'`. */
export function meetsCriteria(value: unknown, criteria: Record<string, unknown>): boolean {
  for (const path in criteria) {
    // biome-ignore lint/suspicious/noDoubleEquals: databank compares loosely
    if (valueAtPath(value, path) != criteria[path]) return false
  }
  return true
}

/**
 * Returns a property as databank finds it: includes properties of prototypes, and null if the path continues after a
 * missing value.
 */
function valueAtPath(value: unknown, path: string): unknown {
  let current = value
  for (const key of path.split('.')) {
    if (!current) return null
    current = (current as Record<string, unknown>)[key]
  }
  return current
}
