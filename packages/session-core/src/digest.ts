import { hash } from 'node:crypto'

/**
 * Returns the SHA-256 of a text in UTF-8, as base64url. A text with lone surrogates, which UTF-8 cannot encode, is
 * hashed in UTF-16. (Node returns a digest as a string in a third of the time that a Buffer takes.)
 */
export function digestOf(text: string): string {
  return hash('sha256', text.isWellFormed() ? text : inUtf16(text), 'base64url')
}

/** Returns the text in UTF-16 after a byte that cannot begin UTF-8, so that no two texts have the same bytes. */
function inUtf16(text: string): Buffer {
  return Buffer.concat([Buffer.of(0xff), Buffer.from(text, 'utf16le')])
}
