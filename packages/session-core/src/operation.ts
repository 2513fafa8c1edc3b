import type { Link } from './link.ts'

/** One operation on one session: what does not change while it runs. */
export interface Operation {
  sid: string
  /** The id of the bank under which the session lies, if it is not an older one. */
  id: string
  /** The link of the session object at hand. */
  link: Link
  /** By when it has to end, in ms of `performance.now()`. */
  deadline: number
}
