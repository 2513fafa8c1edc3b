const HOUR = 3_600_000

/** A value that an app, a config or a stored record may have as a time. */
export interface OddTime {
  name: string
  /** Returns a new value for each use, because a framework may keep a Date object. */
  at(now: number): unknown
}

const constant = (value: unknown): OddTime => ({ name: describe(value), at: () => value })
const relative = (name: string, at: (now: number) => unknown): OddTime => ({ name, at })

/** Values that JSON cannot represent exactly, or not at all. */
const OUTSIDE_JSON: readonly OddTime[] = [
  ...[undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5n, 0n].map(constant),
  relative('an invalid Date', () => new Date(Number.NaN)),
  relative('a Date in 3 s', (now) => new Date(now + 3_000)),
  relative('a Date an hour ago', (now) => new Date(now - HOUR)),
  relative('the last Date', () => new Date(8.64e15)),
]

/** Values that a stored record can have. */
export const STORABLE_TIMES: readonly OddTime[] = [
  ...[false, true, null, 0, -5, -HOUR, 1.5, 9_000.5, 3_000, HOUR].map(constant),
  ...[1e15, -1e15, 8.64e15, 1e16, -1e16, 1e20, -1e20].map(constant),
  ...['', '3000', 'never', '2030-13-01', {}, [], [3_000]].map(constant),
  relative('ms since the epoch, in 3 s', (now) => now + 3_000),
  relative('an ISO date in 3 s', (now) => new Date(now + 3_000).toISOString()),
  relative('an ISO date an hour ago', (now) => new Date(now - HOUR).toISOString()),
  relative('another date text in an hour', (now) => new Date(now + HOUR).toUTCString()),
  relative('an ISO date of the year 33658', () => new Date(1e15).toISOString()),
]

export const ODD_TIMES: readonly OddTime[] = [...STORABLE_TIMES, ...OUTSIDE_JSON]

function describe(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'object' ? JSON.stringify(value) : typeof value === 'string' ? `'${value}'` : String(value)
}
