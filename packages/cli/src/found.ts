import type { FoundSession } from '@sessionbank/session-core'
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
