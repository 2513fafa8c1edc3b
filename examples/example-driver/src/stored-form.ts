import { laterExpiry, type Revision, type StoredRecord, type Tokens } from '@sessionbank/databank-kit'

/** A record in the journal. */
export interface JournalRecord extends StoredRecord {
  tokens: Tokens
}

/** A line of the journal. `now` is the time, in ms since the epoch, that decides whether a record has expired. */
export type Change = { type: string; id: string; now: number } & (
  | { does: 'write'; record: JournalRecord; ifRevision?: Revision | null | undefined; extend: boolean }
  | { does: 'touch'; expires: number | null; ifRevision?: Revision | null | undefined; extend: boolean }
  | { does: 'delete' | 'expire' }
)

/** The records of a type, by id. */
export type Table = Map<string, JournalRecord>

/** Returns a line, which begins with a line end, because a killed process may have left an incomplete line. */
export function lineOf(change: Change, number: string): Buffer {
  return Buffer.from(`\n${JSON.stringify({ number, ...change })}\n`)
}

/** Returns the change in a line, or null if the line is empty or incomplete. */
export function changeIn(line: string): (Change & { number: string }) | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * Makes a change if its condition holds at its position in the journal. Returns true if the change was made. Each
 * change is atomic, because all processes read the same lines in the same order and so get the same results.
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
