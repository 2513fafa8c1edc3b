import { hash } from 'node:crypto'

/**
 * Returns the SHA-256 of a text in UTF-8; of one with halves of surrogate pairs, which UTF-8 has not, in UTF-16. In
 * base64url, since Node makes a text of a digest in a third of the time that it takes to make a Buffer.
 */
export function digestOf(text: string): string {
  return hash('sha256', text.isWellFormed() ? text : inUtf16(text), 'base64url')
}

/** Behind a byte with which no text in UTF-8 begins: two texts have one digest only if they are one. */
function inUtf16(text: string): Buffer {
  return Buffer.concat([Buffer.of(0xff), Buffer.from(text, 'utf16le')])
}
