/**
 * A record as LMDB holds it: `<revision><expires>;<tokens>\n<json>`. Expires is empty for never; tokens is empty or JSON,
 * in which a line feed never stands raw. A touch copies everything from the semicolon on.
 */

/** What stands in the index of a field for this record: the field and its token. */
export type Token = [field: string, token: string]

export const REVISION_LENGTH = 14

const SEMICOLON = 0x3b
const ZERO = 0x30

export function encode(revision: string, expires: number | null, body: string): string {
  return expires === null ? revision + body : revision + expires + body
}

export function encodeBody(tokens: Token[], json: string): string {
  return tokens.length === 0 ? `;\n${json}` : `;${JSON.stringify(tokens)}\n${json}`
}

export function revisionIn(stored: string): string {
  return stored.slice(0, REVISION_LENGTH)
}

/** Digit by digit, as nearly all are whole numbers: making a string of them would take longer. */
export function expiresIn(stored: string): number | null {
  let expires = 0
  let at = REVISION_LENGTH
  for (let code = stored.charCodeAt(at); code !== SEMICOLON; code = stored.charCodeAt(++at)) {
    const digit = code - ZERO
    if (!(digit >= 0 && digit <= 9)) return Number(stored.slice(REVISION_LENGTH, stored.indexOf(';', at)))
    expires = expires * 10 + digit
  }
  return at === REVISION_LENGTH ? null : expires
}

export function bodyIn(stored: string): string {
  return stored.slice(stored.indexOf(';', REVISION_LENGTH))
}

export function jsonIn(stored: string): string {
  return stored.slice(stored.indexOf('\n', REVISION_LENGTH) + 1)
}

export function tokensIn(stored: string | null): Token[] {
  if (stored === null) return []
  const start = stored.indexOf(';', REVISION_LENGTH) + 1
  const end = stored.indexOf('\n', start)
  return start === end ? [] : JSON.parse(stored.slice(start, end))
}
