import { type Fields, respelled } from './json-fields.ts'

/** Returns true if the framework's session object cannot hold this key, so that its absence is not a deletion. */
export type IsReservedKey = (key: string) => boolean

/**
 * Returns the keys that were changed, added or deleted between `base` and `mine`. A value that `JSON.parse` and
 * `JSON.stringify` only spelled differently (`1.0`, a space, more digits than a number holds) counts as unchanged.
 */
export function changedKeys(base: Fields, mine: Fields, isReserved: IsReservedKey = () => false): string[] {
  const changed: string[] = []
  for (const [key, text] of mine) {
    const before = base.get(key)
    if (before !== text && (before === undefined || respelled(before) !== text)) changed.push(key)
  }
  for (const key of base.keys()) if (!mine.has(key) && !isReserved(key)) changed.push(key)
  return changed
}

/**
 * Merges two versions of a session: takes the keys in `changed` from `mine`, and the unchanged text of all others from
 * `theirs`. Values are not merged themselves.
 */
export function merge(theirs: Fields, mine: Fields, changed: readonly string[]): Fields {
  const merged: Fields = new Map(theirs)
  for (const key of changed) {
    const text = mine.get(key)
    if (text === undefined) merged.delete(key)
    else merged.set(key, text)
  }
  return merged
}
