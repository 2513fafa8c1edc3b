import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { BrokenPackageError, MissingClientError } from './errors.ts'

/** A package that was loaded when a bank was opened. */
export interface LoadedClient<Exports> {
  /** Its name: the first that was found of those that the driver can use. */
  name: string
  /** What it exports. */
  exports: Exports
}

/**
 * Returns whether a module is part of a bundle, which has one file for many modules. (Bundlers give a CommonJS module a
 * `module` of their own, without a `filename`.)
 */
export function isBundled(filename: string | undefined): filename is undefined {
  return filename === undefined
}

/**
 * Loads the client of a database when a bank is opened, and not before: an app that hands its own client in may use
 * another copy of it, or another version.
 *
 * @param names packages, the preferred one first
 * @param from the file of the driver that asks: `module.filename`
 * @param library the first package, if the app hands it in; nothing is loaded then
 * @throws MissingClientError if none of them is installed
 * @throws BrokenPackageError if one is installed and does not load
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
 * Loads a package from beside a file of ours; else from the app, which a strict package manager keeps apart from us.
 * Returns null if it is not installed.
 *
 * @param from `module.filename`
 * @throws BrokenPackageError if it is installed and does not load
 */
export function loadPackage(name: string, from: string | undefined): unknown {
  const main = require.main?.filename ?? process.argv[1] ?? ''
  for (const file of [from ?? '', main, join(process.cwd(), 'package.json')]) {
    // Of `node -e`, the first argument stands where the main file would.
    if (!isAbsolute(file)) continue
    try {
      return createRequire(file)(name)
    } catch (error) {
      if (!isMissing(error, name)) throw new BrokenPackageError(name, error)
    }
  }
  return null
}

/** A package that is there, and lacks one that it needs itself, fails with the same code and another name in quotes. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'MODULE_NOT_FOUND' && message.split('\n', 1)[0]?.includes(`'${name}'`) === true
}
