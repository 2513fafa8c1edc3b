import { UserError } from './user-error.ts'

const HANDLE = /^[\w-]{22}$/

/** Throws UserError if a text cannot be the handle of a session. */
export function assertHandle(handle: string): void {
  if (HANDLE.test(handle)) return
  throw new UserError(
    'this is not a handle, which has 22 letters, digits, "-" or "_": `sessionbank list` shows the handles',
  )
}
