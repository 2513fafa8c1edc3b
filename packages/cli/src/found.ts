import type { FoundSession, SessionStore } from '@sessionbank/session-core'
import { counted } from './text.ts'
import { UserError } from './user-error.ts'

export interface ListFlags {
  json?: boolean
  fullIds?: boolean
}

/** Returns what is shown of a session as JSON: with its id only if that is asked for. */
export function foundJson(found: FoundSession, { fullIds }: ListFlags): object {
  const { sid, session, ...rest } = found
  return { ...rest, ...(fullIds && { sid }), session }
}

/** Checks that a session has an id to show, as it has not under `hashIds`. */
export function assertKnownId(found: FoundSession): void {
  if (found.sid === undefined) {
    throw new UserError('with hashIds the bank knows no session ids: leave out --full-ids')
  }
}

/** Returns that a bank has sessions which these options cannot read, and what to do; null if it has none. */
export async function unreadableIn(store: SessionStore): Promise<string | null> {
  const { unreadable } = await store.stats()
  if (unreadable === 0) return null
  return `${counted(unreadable, 'session')} cannot be read with these options: give those of the app (--options)`
}
