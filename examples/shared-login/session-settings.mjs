/** The cookie that the three servers share, because browsers share cookies between all ports of a host. */
export const COOKIE_NAME = 'sid'

/** Lasts a week from the last visit (in ms). Other sites cannot post with it, and scripts cannot read it. */
export const COOKIE = { maxAge: 7 * 86_400_000, httpOnly: true, sameSite: 'lax', secure: false }

/** The options of all three stores: the bank contains no id that opens a session. */
export const STORE_OPTIONS = { hashIds: true }

/** Finds the sessions of a user by an index. */
export const SCHEMA = { session: { pkey: 'sid', indices: ['user'] } }
