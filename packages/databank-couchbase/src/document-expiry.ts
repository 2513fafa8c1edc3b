/**
 * Couchbase removes a document this long after the record's end, in s: by its own clock, which may be ahead of the app's,
 * and a record lives until the app's clock says otherwise.
 */
const GRACE = 60

/** Couchbase reads more than this as a time since the epoch, in s. */
const LONGEST_SPAN = 30 * 24 * 60 * 60

/** The last second that its 32 bits hold, in ms: a document that shall live longer is never removed. */
const LATEST = (2 ** 32 - 1) * 1_000

/**
 * The expiry to give a document, in whole seconds where Couchbase counts from now, else as a Date. Which record has expired is told by the
 * document itself, to the millisecond; this one only sees to it that it goes some time.
 */
export function documentExpiry(expires: number | null): { expiry?: number | Date } {
  if (expires === null || !(expires + GRACE * 1_000 < LATEST)) return {}
  const span = Math.max(0, Math.ceil((expires - Date.now()) / 1_000)) + GRACE
  if (span < LONGEST_SPAN) return { expiry: span }
  return { expiry: new Date(expires + GRACE * 1_000) }
}
