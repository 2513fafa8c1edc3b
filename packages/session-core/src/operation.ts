import type { Link } from './link.ts'

/** The constant values of one operation on one session. */
export interface Operation {
  sid: string
  /** The id under which the bank holds the session, unless it still has an older one. */
  id: string
  /** The link of the framework's session object. */
  link: Link
  /** When the operation has to end, in ms of `performance.now()`. */
  deadline: number
}
