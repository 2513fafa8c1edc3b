import { InvalidOptionError } from '@sessionbank/databank-kit'

/**
 * A type as it stands in keys, where a `:` ends it: one inside is written `%3A`, so that no type can be taken for the
 * beginning of another, and therefore a `%` is written `%25`.
 */
export function typeInKey(type: string): string {
  if (/\p{Surrogate}/u.test(type)) {
    throw new InvalidOptionError('a type with half of a surrogate pair cannot be kept in Redis')
  }
  return type.replaceAll('%', '%25').replaceAll(':', '%3A')
}
