import { nearestName } from '@sessionbank/databank-kit'
import { InvalidOptionError } from './errors.ts'

/** Paths: `./sessions`, `/var/sessions`, `~/sessions`, `C:\sessions`, `file:sessions`. */
const PATH = /^(?:[./\\~]|[a-z]:|file:)/i
/** The scheme, even if the colon is missing: `rediss//host`, `memory`. */
const SCHEME = /^([a-z][a-z0-9+.-]*)(?::|\/\/|$)/i

/**
 * Returns the scheme of a databank URL, such as `disk:`.
 *
 * @throws InvalidOptionError if the scheme is unknown. The message quotes no part of the URL, because a password may be
 * anywhere in it.
 */
export function schemeOf(url: unknown, known: readonly string[]): string {
  if (typeof url !== 'string') throw new InvalidOptionError(`a databank URL must be a string, not ${typeof url}`)
  const scheme = /^[a-z][a-z0-9+]*:/i.exec(url)?.[0].toLowerCase()
  if (scheme !== undefined && known.includes(scheme)) return scheme
  throw new InvalidOptionError(
    `a databank URL must begin with one of ${known.join(' ')} (for example disk:./sessions)${hintFor(url, known)}`,
  )
}

function hintFor(url: string, known: readonly string[]): string {
  if (PATH.test(url)) return '. This one is a path: write "disk:" before it'
  const written = SCHEME.exec(url)?.[1]
  const names = known.map((scheme) => scheme.slice(0, -1))
  const meant = written && nearestName(written, names)
  if (!meant) return ''
  return `: did you mean "${meant}:${meant === 'disk' || meant === 'memory' ? '' : '//'}"?`
}
