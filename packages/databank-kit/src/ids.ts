/** Which ids a database can hold; it refuses others, and finds none of them. */
export interface IdRule {
  /** The rule, as the end of the sentence "an id is …". */
  rule: string
  /** In bytes of UTF-8. */
  maxBytes: number
  /** What an id must not hold. Lone surrogates, which UTF-8 has not, are never allowed. */
  forbidden?: RegExp
}

/** Whether a database with this rule can hold the id. */
export function isStorable(id: unknown, { maxBytes, forbidden }: IdRule): id is string {
  if (typeof id !== 'string' || id.length > maxBytes || !id.isWellFormed()) return false
  if (id.length * 3 > maxBytes && Buffer.byteLength(id) > maxBytes) return false
  return !forbidden?.test(id)
}
