import { laterExpiry, type Revision, type StoredRecord, type Tokens } from '@sessionbank/databank-kit'

/** What the journal says of a record. */
export interface JournalRecord extends StoredRecord {
  tokens: Tokens
}

/** A line of the journal. `now` is the time by which a record lives or not, in ms since the epoch. */
export type Change = { type: string; id: string; now: number } & (
  | { does: 'write'; record: JournalRecord; ifRevision?: Revision | null | undefined; extend: boolean }
  | { does: 'touch'; expires: number | null; ifRevision?: Revision | null | undefined; extend: boolean }
  | { does: 'delete' | 'expire' }
)

/** The records of a type, by id. */
export type Table = Map<string, JournalRecord>

/** Begins a line too: what a process that was killed has left of its line must not become the beginning of this one. */
export function lineOf(change: Change, number: string): Buffer {
  return Buffer.from(`\n${JSON.stringify({ number, ...change })}\n`)
}

/** Returns null if the line is empty, or was not written to its end. */
export function changeIn(line: string): (Change & { number: string }) | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * Makes a change if its condition holds at its place in the journal, and returns whether it did. All processes read the same
 * lines in the same order, so all of them come to the same answer: that makes each change atomic.
 */
export function apply(table: Table, change: Change): boolean {
  const { id, now } = change
  const there = table.get(id)
  const live = there && (there.expires === null || there.expires > now) ? there : null
  switch (change.does) {
    case 'write': {
      if (change.ifRevision !== undefined && change.ifRevision !== (live?.revision ?? null)) return false
      const { record } = change
      const expires = change.extend && live ? laterExpiry(record.expires, live.expires) : record.expires
      table.set(id, { ...record, expires })
      return true
    }
    case 'touch': {
      if (!live || (change.ifRevision !== undefined && change.ifRevision !== live.revision)) return false
      const expires = change.extend ? laterExpiry(change.expires, live.expires) : change.expires
      table.set(id, { ...live, expires })
      return true
    }
    case 'delete':
      table.delete(id)
      return live !== null
    case 'expire':
      return !live && table.delete(id)
  }
}
