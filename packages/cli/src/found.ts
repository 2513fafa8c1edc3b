import type { FoundSession, SessionStore } from '@sessionbank/session-core'
import { counted } from './text.ts'
import { UserError } from './user-error.ts'

export interface ListFlags {
  json?: boolean
  fullIds?: boolean
}

/** Returns a session as shown in JSON, with its id only if `fullIds` is true. */
export function foundJson(found: FoundSession, { fullIds }: ListFlags): object {
  const { sid, session, ...rest } = found
  return { ...rest, ...(fullIds && { sid }), session }
}

/** Throws UserError if the session id is unknown because of `hashIds`. */
export function assertKnownId(found: FoundSession): void {
  if (found.sid === undefined) {
    throw new UserError('with hashIds the bank does not know session ids: omit --full-ids')
  }
}

/** Returns a message about sessions that these options cannot read, or null if there are none. */
export async function unreadableIn(store: SessionStore): Promise<string | null> {
  const { unreadable } = await store.stats()
  if (unreadable === 0) return null
  return `${counted(unreadable, 'session')} cannot be read with these options: use those of the app (--options)`
}
