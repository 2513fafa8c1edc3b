/** Prefix of the types in which stores keep their own records, such as their lease. */
export const OWN_TYPES = 'sessionbank_'

/** Returns whether a type holds a store's own records. They are not app data and do not count towards a limit. */
export function isOwnType(type: string): boolean {
  return type.startsWith(OWN_TYPES)
}
