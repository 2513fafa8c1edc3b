import { InvalidOptionError } from './errors.ts'
import { nearestName } from './options.ts'

const SCHEMA_NAMES = ['pkey', 'indices', 'fields']

/**
 * Throws InvalidOptionError for mistakes in a schema that would otherwise have no effect. A string would be read as a
 * list of its letters, and a misspelt name would index nothing. Names that resemble no known one are allowed, because
 * databank lets apps have their own.
 */
export function checkSchema(schema: unknown): void {
  if (schema === undefined || schema === null) return
  if (!isObject(schema) || !Object.values(schema).every((type) => type === undefined || isObject(type))) {
    throw new InvalidOptionError('`schema` must have an object for each type, such as {session: {pkey: "sid"}}')
  }
  for (const [type, described] of Object.entries(schema as Record<string, Record<string, unknown> | undefined>)) {
    for (const name of Object.keys(described ?? {})) {
      const meant = SCHEMA_NAMES.includes(name) ? name : nearestName(name, SCHEMA_NAMES)
      if (meant === undefined || meant === name) continue
      throw new InvalidOptionError(`schema["${type}"].${name} is unknown: did you mean "${meant}"?`)
    }
    const indices = described?.indices
    if (indices === undefined || (Array.isArray(indices) && indices.every((field) => typeof field === 'string')))
      continue
    throw new InvalidOptionError(`schema["${type}"].indices must be an array of field names, such as ["user"]`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
