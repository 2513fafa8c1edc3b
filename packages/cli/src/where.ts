import { type JsonScalar, parsedIfJson } from '@sessionbank/databank-kit'
import type { Criteria } from '@sessionbank/session-core'
import { UserError } from './user-error.ts'

/** Parses `--where field=value` and adds it to the previous criteria. A string value is in double quotes. */
export function addCriterion(text: string, before: Criteria = {}): Criteria {
  const at = text.indexOf('=')
  const field = text.slice(0, at).trim()
  if (at === -1 || field === '') {
    throw new UserError('--where needs a field and a value, such as --where user.id=7')
  }
  if (Object.hasOwn(before, field))
    throw new UserError(`--where names ${field} twice, but a session has only one value for it`)
  return { ...before, [field]: scalarIn(text.slice(at + 1).trim(), field) }
}

function scalarIn(text: string, field: string): JsonScalar {
  const value = parsedIfJson(text)
  const isScalar = value === null ? text === 'null' : ['string', 'number', 'boolean'].includes(typeof value)
  if (isScalar) return value as JsonScalar
  throw new UserError(
    `the value of --where ${field} must be a number, true, false, null, or a string in double quotes: --where '${field}="ann"'`,
  )
}
