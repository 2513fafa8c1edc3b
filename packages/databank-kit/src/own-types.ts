/** How the names of the types begin that hold what stores keep for themselves, such as their lease. */
export const OWN_TYPES = 'sessionbank_'

/** Returns whether a type is the stores' own: its records are not data of the app, and a limit of a bank spares them. */
export function isOwnType(type: string): boolean {
  return type.startsWith(OWN_TYPES)
}
