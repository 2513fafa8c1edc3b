import type { Fields } from './session-record.ts'

/**
 * The keys that I changed, added or deleted since `base`; empty where I changed nothing.
 */
export function changedKeys(base: Fields, mine: Fields): string[] {
  const changed: string[] = []
  for (const [key, text] of mine) if (base.get(key) !== text) changed.push(key)
  for (const key of base.keys()) if (!mine.has(key)) changed.push(key)
  return changed
}

/**
 * Two writers meet: the keys in `changed` are as mine has them, all others as theirs has them. A value is taken whole.
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
