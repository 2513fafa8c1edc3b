import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { BrokenPackageError, MissingClientError } from './errors.ts'

/** A package that was loaded when a bank was opened. */
export interface LoadedClient<Exports> {
  /** The name of the package: the first installed one of those that the driver can use. */
  name: string
  /** Its exports. */
  exports: Exports
}

/**
 * Returns whether a module is part of a bundle. (Bundlers give a CommonJS module their own `module` object, without a
 * `filename`.)
 */
export function isBundled(filename: string | undefined): filename is undefined {
  return filename === undefined
}

/**
 * Loads the client of a database. Called when a bank is opened, because an app that passes its own client may use
 * another copy or version of it.
 *
 * @param names packages, the preferred one first
 * @param from the driver's file: `module.filename`
 * @param library the exports of the first package, if the app passes them; nothing is loaded then
 * @throws MissingClientError if none of them is installed
 * @throws BrokenPackageError if one is installed but does not load
 */
export function loadClient<Exports = unknown>(
  names: readonly [string, ...string[]],
  from: string | undefined,
  library?: Exports,
): LoadedClient<Exports> {
  if (library !== undefined) return { name: names[0], exports: library }
  for (const name of names) {
    const exports = loadPackage(name, from)
    if (exports !== null) return { name, exports: exports as Exports }
  }
  throw new MissingClientError(names, isBundled(from))
}

/**
 * Loads a package as seen from a file of this project, otherwise as seen from the app: strict package managers hide the
 * packages of the app from other packages. Returns null if it is not installed.
 *
 * @param from `module.filename`
 * @throws BrokenPackageError if it is installed but does not load
 */
export function loadPackage(name: string, from: string | undefined): unknown {
  const main = require.main?.filename ?? process.argv[1] ?? ''
  for (const file of [from ?? '', main, join(process.cwd(), 'package.json')]) {
    // With `node -e`, the first argument is not a file.
    if (!isAbsolute(file)) continue
    try {
      return createRequire(file)(name)
    } catch (error) {
      if (!isMissing(error, name)) throw new BrokenPackageError(name, error)
    }
  }
  return null
}

/**
 * Returns whether the package itself is missing. If one of its dependencies is missing, the error has the same code but
 * quotes another name.
 */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'MODULE_NOT_FOUND' && message.split('\n', 1)[0]?.includes(`'${name}'`) === true
}
