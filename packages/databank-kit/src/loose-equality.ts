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
