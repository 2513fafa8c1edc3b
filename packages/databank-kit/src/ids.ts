/** The ids that a database can store. Others are refused, and never found. */
export interface IdRule {
  /** The rule, which completes the sentence "an id must be …". */
  rule: string
  /** Maximum length, in bytes of UTF-8. */
  maxBytes: number
  /** Characters that are not allowed. Lone surrogates are never allowed, because UTF-8 cannot encode them. */
  forbidden?: RegExp
}

/** Returns whether a database with this rule can store the id. */
export function isStorable(id: unknown, { maxBytes, forbidden }: IdRule): id is string {
  if (typeof id !== 'string' || id.length > maxBytes || !id.isWellFormed()) return false
  if (id.length * 3 > maxBytes && Buffer.byteLength(id) > maxBytes) return false
  return !forbidden?.test(id)
}
