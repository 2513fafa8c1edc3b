import type { Schema } from './databank.ts'
import { InvalidParamsError } from './errors.ts'
import { nearestName } from './options.ts'

const NAMES = ['pkey', 'indices', 'fields']

/**
 * Checks what a schema says of indices. A string would be taken for a list of its letters, and under a misspelt name
 * nothing would be indexed. Names of another kind are the app's own: databank lets a schema have them.
 *
 * @throws InvalidParamsError if a name is misspelt or `indices` is no array of field names
 */
export function assertIndices(schema: Schema): void {
  for (const type of Object.keys(schema)) {
    for (const name of Object.keys(schema[type] ?? {})) {
      const meant = NAMES.includes(name) ? name : nearestName(name, NAMES)
      if (meant === undefined || meant === name) continue
      throw new InvalidParamsError(`schema["${type}"].${name} means nothing: did you mean "${meant}"?`)
    }
    const indices: unknown = schema[type]?.indices
    if (indices === undefined || (Array.isArray(indices) && indices.every((field) => typeof field === 'string')))
      continue
    throw new InvalidParamsError(`schema["${type}"].indices must be an array of field names, such as ["user"]`)
  }
}
