import { randomBytes } from 'node:crypto'
import { REVISION_LENGTH } from './stored-form.ts'

/** Counts from the least number that has six digits to the base 36, so that all revisions have one length. */
const FIRST = 36 ** 5
const LAST = 2 ** 31 - 1
const PREFIX_LENGTH = REVISION_LENGTH - 6

let prefix = newPrefix()
let counter = FIRST

/** A revision that no other write has, in any process. */
export function newRevision(): string {
  if (counter === LAST) {
    prefix = newPrefix()
    counter = FIRST
  }
  return prefix + (counter++).toString(36)
}

function newPrefix(): string {
  return randomBytes(PREFIX_LENGTH).toString('base64url').slice(0, PREFIX_LENGTH)
}
