const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const DURATIONS: [ms: number, unit: string][] = [
  [DAY, 'd'],
  [HOUR, 'h'],
  [MINUTE, 'min'],
  [SECOND, 's'],
]
const SIZES: [bytes: number, unit: string][] = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
]

/** Returns a number with thousands separators. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** Returns `1 session`, `2 sessions`. */
export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Returns a duration such as `1.5 h`. */
export function durationText(ms: number): string {
  const [length, unit] = DURATIONS.find(([length]) => ms >= length) ?? [1, 'ms']
  const amount = ms / length
  return `${amount < 10 && length > SECOND ? Number(amount.toFixed(1)) : Math.floor(amount)} ${unit}`
}

export function sizeText(bytes: number): string {
  const [size, unit] = SIZES.find(([size]) => bytes >= size) ?? [1, 'B']
  return `${size === 1 ? bytes : (bytes / size).toFixed(1)} ${unit}`
}

/** Returns `5 min ago` or `in 2 h`, or a dash if there is no date. */
export function relativeText(date: Date | null): string {
  if (!date) return '–'
  const ms = date.getTime() - Date.now()
  return ms > 0 ? `in ${durationText(ms)}` : `${durationText(-ms)} ago`
}

/**
 * Characters that control a terminal or reorder its text. Sessions may contain them, because users send their contents.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Returns a text that is safe to show on a terminal: escapes control characters except line ends. */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
