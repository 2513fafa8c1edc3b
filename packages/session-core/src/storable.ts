import { DEEPEST_SESSION, isTooDeep } from './depth.ts'
import { InvalidSessionError, SessionTooLargeError } from './errors.ts'

/**
 * Checks that a store will accept this text when it reads the session again.
 *
 * @throws SessionTooLargeError or InvalidSessionError
 */
export function assertStorable(text: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) throw new SessionTooLargeError(bytes, maxBytes)
  if (!isTooDeep(text)) return
  throw new InvalidSessionError(`the session has more than ${DEEPEST_SESSION} levels: keep such data elsewhere`)
}
