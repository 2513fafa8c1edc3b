import { hash } from 'node:crypto'
import { digestOf } from './digest.ts'
import { assertSessionId } from './session-id.ts'
import { digestOfStored } from './stored-ids.ts'

/** Separates handles from other digests of session ids. */
const PURPOSE = Buffer.from('sessionbank handle\0')
/** In bytes. */
const LENGTH = 16

/**
 * Returns the handle of a session: a name of 22 characters that may stand in a page, a log or a support ticket, where the
 * session id must not. It opens nothing, and stays the same as long as the session has its id, in every mode of `hashIds`.
 * (Whoever can guess an id can work out its handle: ids have to be random, as those of all frameworks are.)
 *
 * @throws InvalidSessionIdError if this is no session id
 * @example res.send(`This session: ${sessionHandle(req.sessionID)}`)
 */
export function sessionHandle(sid: string): string {
  assertSessionId(sid)
  return handleOf(digestOf(sid))
}

/** Returns the handle of the session that a bank holds under an id. */
export function handleOfStored(id: string): string {
  return handleOf(digestOfStored(id))
}

function handleOf(digest: string): string {
  const named = Buffer.concat([PURPOSE, Buffer.from(digest, 'base64url')])
  return hash('sha256', named, 'buffer').toString('base64url', 0, LENGTH)
}
