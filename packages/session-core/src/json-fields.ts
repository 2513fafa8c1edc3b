/** The keys of a JSON object, with the unchanged JSON text of each value. */
export type Fields = Map<string, string>

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c

/**
 * Returns the keys of a JSON object with the unchanged text of each value. Handles escaped keys, repeated keys (the
 * last one counts) and `__proto__` as `JSON.parse` does.
 *
 * @param json the text of an object; it must be valid JSON
 */
export function fieldsIn(json: string): Fields {
  const fields: Fields = new Map()
  let at = json.indexOf('"')
  while (at !== -1) {
    const endOfKey = endOfString(json, at)
    const from = json.indexOf(':', endOfKey) + 1
    const end = endOfValue(json, from)
    fields.set(keyIn(json, at, endOfKey), json.slice(from, end).trim())
    at = json.charCodeAt(end) === COMMA ? json.indexOf('"', end) : -1
  }
  return fields
}

/** Returns the text of a JSON object with these keys. */
export function objectWith(fields: Fields): string {
  let json = ''
  for (const [key, text] of fields) json += `${json === '' ? '{' : ','}${JSON.stringify(key)}:${text}`
  return json === '' ? '{}' : `${json}}`
}

/**
 * Returns the keys that `mine` has changed or added at the end, if these are the only differences, as in nearly all
 * saves: `mine` then equals `base` with these keys merged into it. Returns null if the keys are in another order, one
 * was deleted, or an equal value is spelled differently.
 *
 * @param end where the compared fields of `base` end; -1 if unknown; then the result is null
 * @param mine as `JSON.stringify` writes it
 */
export function changedInPlace(base: string, end: number, mine: string): string[] | null {
  if (end === NONE) return null
  if (mine.length === end + 1 && isAt(base, 0, mine.slice(0, -1))) return []
  const changed: string[] = []
  const last = mine.length - 1
  let theirs = fieldBehind(0, end)
  for (let own = fieldBehind(0, last); own !== NONE; ) {
    const endOfKey = endOfString(mine, own)
    const endOfOwn = endOfValue(mine, endOfKey + 1)
    if (theirs !== NONE && isFieldAt(base, theirs, mine.slice(own, endOfOwn))) {
      theirs = fieldBehind(theirs + endOfOwn - own, end)
    } else {
      if (theirs !== NONE) {
        if (!isAt(base, theirs, mine.slice(own, endOfKey + 1))) return null
        const from = theirs + endOfKey + 1 - own
        const endOfTheirs = endOfValue(base, from)
        if (respelled(base.slice(from, endOfTheirs)) === mine.slice(endOfKey + 1, endOfOwn)) return null
        theirs = fieldBehind(endOfTheirs, end)
      }
      changed.push(keyIn(mine, own, endOfKey))
    }
    own = fieldBehind(endOfOwn, last)
  }
  return theirs === NONE ? changed : null
}

/** Returns a value's text as `JSON.stringify` writes it. */
export function respelled(text: string): string {
  return JSON.stringify(JSON.parse(text))
}

/** No further field. */
const NONE = -1

/** Returns where the field after a brace or comma begins; {@link NONE} if there is no further field. */
function fieldBehind(at: number, end: number): number {
  return at + 1 < end ? at + 1 : NONE
}

/** Returns whether exactly this field, with its whole value, is at this position. */
function isFieldAt(json: string, at: number, field: string): boolean {
  if (!isAt(json, at, field)) return false
  const behind = json.charCodeAt(at + field.length)
  return behind === COMMA || isClosing(behind)
}

/** Same as `json.startsWith(text, at)`, which takes five times as long. */
function isAt(json: string, at: number, text: string): boolean {
  return json.slice(at, at + text.length) === text
}

function keyIn(json: string, start: number, end: number): string {
  const key = json.slice(start + 1, end - 1)
  return key.includes('\\') ? JSON.parse(`"${key}"`) : key
}

/** Returns the position after a string that begins at `start`. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (json.charCodeAt(end - 1) === BACKSLASH && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end + 1
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0
  while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

/** Returns the position of the comma or brace that ends the value at `start`. */
function endOfValue(json: string, start: number): number {
  let depth = 0
  for (let at = start; ; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = endOfString(json, at) - 1
    else if (code === COMMA && depth === 0) return at
    else if (isOpening(code)) depth++
    else if (isClosing(code) && depth-- === 0) return at
  }
}

/** Returns whether this is `{` or `[`. */
function isOpening(code: number): boolean {
  return (code & 0xdf) === 0x5b
}

/** Returns whether this is `}` or `]`. */
function isClosing(code: number): boolean {
  return (code & 0xdf) === 0x5d
}
