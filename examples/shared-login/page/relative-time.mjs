const UNITS = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]
const words = new Intl.RelativeTimeFormat('en')

/** Returns how long before `now` a time was, as "3 hours ago": right in every time zone, which no server knows. */
export function timeAgo(date, now) {
  const ms = Math.max(0, now - date)
  const [unit, length] = UNITS.find(([, length]) => ms >= length) ?? []
  return unit ? words.format(-Math.floor(ms / length), unit) : 'just now'
}
