import { UserError } from './user-error.ts'

const HANDLE = /^[\w-]{22}$/

/** Checks that a text can be the handle of a session. */
export function assertHandle(handle: string): void {
  if (HANDLE.test(handle)) return
  throw new UserError('this is no handle: one has 22 letters, digits, "-" or "_", and `sessionbank list` shows them')
}
