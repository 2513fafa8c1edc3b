import { createHash } from 'node:crypto'

/** Separates handles from other digests of session ids. */
const PURPOSE = 'sessionbank handle\0'
/** In characters of base64url: 132 bits. */
const LENGTH = 22

/**
 * Returns the handle of a session: a name that may be shown, in a page or a log, where its id must not be. It is a digest
 * of the id, so that it stays the same as long as the session has its id.
 */
export function handleOf(sid: string): string {
  return createHash('sha256').update(PURPOSE).update(sid).digest('base64url').slice(0, LENGTH)
}
