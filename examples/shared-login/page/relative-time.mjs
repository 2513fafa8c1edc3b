const UNITS = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]
const words = new Intl.RelativeTimeFormat('en')

/**
 * Returns a time relative to `now`, such as "3 hours ago", because the server does not know the visitor's time zone.
 */
export function timeAgo(date, now) {
  const ms = Math.max(0, now - date)
  const [unit, length] = UNITS.find(([, length]) => ms >= length) ?? []
  return unit ? words.format(-Math.floor(ms / length), unit) : 'just now'
}
