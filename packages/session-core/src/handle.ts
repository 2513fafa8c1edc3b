import { hash } from 'node:crypto'
import { digestOf } from './digest.ts'
import { assertSessionId } from './session-id.ts'
import { digestOfStored } from './stored-ids.ts'

/** Prefix of the hashed bytes, which makes handles differ from other digests of session ids. */
const PURPOSE = Buffer.from('sessionbank handle\0')
/** Length of a handle before encoding, in bytes. */
const LENGTH = 16

/**
 * Returns the handle of a session: a name of 22 characters that can be shown in a page, a log or a support ticket
 * instead of the session id. It gives no access to the session, and stays the same as long as the session keeps its id,
 * in every mode of `hashIds`. (A handle can be calculated from a guessed id, so ids must be random, as those of all
 * frameworks are.)
 *
 * @throws InvalidSessionIdError if this is not a session id
 * @example
 * ```ts
 * app.get('/', (req, res) => {
 *   res.send(`This session: ${sessionHandle(req.sessionID)}`)
 * })
 * ```
 */
export function sessionHandle(sid: string): string {
  assertSessionId(sid)
  return handleOf(digestOf(sid))
}

/** Returns the handle of the session that is stored under an id of the bank. */
export function handleOfStored(id: string): string {
  return handleOf(digestOfStored(id))
}

function handleOf(digest: string): string {
  const named = Buffer.concat([PURPOSE, Buffer.from(digest, 'base64url')])
  return hash('sha256', named, 'buffer').toString('base64url', 0, LENGTH)
}
