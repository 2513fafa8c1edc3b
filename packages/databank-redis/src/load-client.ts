import { createRequire } from 'node:module'
import { join } from 'node:path'
import { InvalidParamsError } from '@sessionbank/databank-kit'

export type LibraryName = 'redis' | 'ioredis'

/** The faster one of this driver's benchmarks first. */
const PREFERENCE: readonly LibraryName[] = ['redis', 'ioredis']

export interface LoadedLibrary {
  name: LibraryName
  exports: Record<string, unknown>
}

/** Loads the library that is installed beside the driver or in the app, when a bank is opened and not before. */
export function loadLibrary(wanted?: LibraryName): LoadedLibrary {
  for (const name of wanted ? [wanted] : PREFERENCE) {
    const exports = installed(name)
    if (exports !== null) return { name, exports }
  }
  const missing = wanted ? `the package "${wanted}" is` : 'neither the package "redis" nor "ioredis" is'
  throw new InvalidParamsError(`${missing} installed: npm install ${wanted ?? 'redis'}`)
}

function installed(name: LibraryName): Record<string, unknown> | null {
  for (const file of [__filename, require.main?.filename, join(process.cwd(), 'package.json')]) {
    if (file === undefined) continue
    try {
      return createRequire(file)(name) as Record<string, unknown>
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error
    }
  }
  return null
}
