import type { IdRule } from '@sessionbank/databank-kit'

/** Together with an index token an id must fit into a key of LMDB, which takes 1,978 bytes. */
const LONGEST_ID = 1_536

/** LMDB's key encoding gives back some control characters changed. */
export const IDS: IdRule = {
  rule: `in the disk bank 1 to ${LONGEST_ID} bytes of UTF-8, without control characters and lone surrogates`,
  maxBytes: LONGEST_ID,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  forbidden: /^$|[\u0000-\u001f]/,
}
