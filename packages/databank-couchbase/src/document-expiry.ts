/**
 * Couchbase removes a document this long after the record's end, in s: by its own clock, which may be ahead of the app's,
 * and a record lives until the app's clock says otherwise.
 */
const GRACE = 60

/**
 * The last second that 32 bits with a sign hold, in s. Couchbase does without the sign until 2106, but not everybody who
 * speaks its protocol: to those a later one has passed, and the document is gone at once.
 */
const LATEST = 2 ** 31 - 1

/**
 * The expiry to give a document, in seconds from now: the client makes a date of a span of over 30 days, which Couchbase
 * would take for one. None for a document that shall stay for ever, or longer than dates reach. Which record has expired
 * is told by the document itself, to the millisecond; this one only sees to it that it goes some time.
 */
export function documentExpiry(expires: number | null): { expiry?: number } {
  if (expires === null) return {}
  const now = Date.now()
  const span = Math.max(0, Math.ceil((expires - now) / 1_000)) + GRACE
  return now / 1_000 + span > LATEST ? {} : { expiry: span }
}
