import { InvalidIdError } from '@sessionbank/databank-kit'

/** Together with an index token an id must fit into a key of LMDB, which takes 1,978 bytes. */
const LONGEST_ID = 1_536

/** LMDB's key encoding gives some of these back changed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f]/

/** Whether LMDB can hold this id exactly as it is. */
export function isStorable(id: unknown): id is string {
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID) return false
  if (CONTROL_CHARACTER.test(id) || !id.isWellFormed()) return false
  return id.length * 3 <= LONGEST_ID || Buffer.byteLength(id) <= LONGEST_ID
}

/** @throws InvalidIdError */
export function assertStorable(id: unknown): asserts id is string {
  if (isStorable(id)) return
  throw new InvalidIdError(
    `the disk bank takes ids of 1 to ${LONGEST_ID} bytes of UTF-8, without control characters and lone surrogates`,
  )
}
