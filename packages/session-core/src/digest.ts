import { hash } from 'node:crypto'

/** Returns the SHA-256 of a text in UTF-8; of one with halves of surrogate pairs, which UTF-8 has not, in UTF-16. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text.isWellFormed() ? text : Buffer.from(text, 'utf16le'), 'buffer')
}
