import { hash } from 'node:crypto'

/** Returns the SHA-256 of a text. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
