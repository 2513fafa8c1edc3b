/** The one cookie that the three servers share: browsers do not keep the ports of a host apart. */
export const COOKIE_NAME = 'sid'

/** Lives a week from the last visit (in ms); other sites cannot post with it, scripts cannot read it. */
export const COOKIE = { maxAge: 7 * 86_400_000, httpOnly: true, sameSite: 'lax', secure: false }

/** What the three stores agree on: the bank holds no id that would open a session. */
export const STORE_OPTIONS = { hashIds: true }

/** The sessions of a user are found by an index. */
export const SCHEMA = { session: { pkey: 'sid', indices: ['user'] } }
