import { type Fields, respelled } from './json-fields.ts'

/** True if the framework's session object cannot hold this key: then its absence does not mean that it was deleted. */
export type IsReservedKey = (key: string) => boolean

/**
 * Returns the keys that were changed, added or deleted between `base` and `mine`. A value that only lost its spelling on
 * the way through `JSON.parse` (`1.0`, a space, digits that no number holds) was not changed.
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
 * Merges two versions of a session: the keys in `changed` as mine has them, all others as they stand in theirs, to the
 * letter. A value is taken whole.
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
