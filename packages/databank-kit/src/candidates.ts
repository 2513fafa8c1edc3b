import type { MayHold, Records, StoredRecord } from './records.ts'

/**
 * Streams the records that may hold what a search by these tokens looks for: by the driver's index if it has one, else from
 * among all live records.
 *
 * @param mayHold as `candidates` of {@link Records} wants it
 */
export async function* candidatesIn(
  records: Records,
  field: string,
  tokens: readonly string[],
  mayHold: MayHold,
): AsyncGenerator<[id: string, record: StoredRecord]> {
  if (records.candidates) yield* records.candidates(field, tokens, mayHold)
  else for await (const entry of records.entries()) if (mayHold(entry[1], entry[0])) yield entry
}
