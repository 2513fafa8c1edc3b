import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import type { Databank } from './databank.ts'
import type { DatabankErrors } from './databank-errors.ts'

/** The class `Databank` of the npm package, which keeps a registry of drivers. */
export interface DatabankClass {
  /** The prototype from which the banks of this copy inherit. */
  readonly prototype: object
  /** Creates a bank of a registered driver. */
  get(driver: string, params: object): Databank
  /** Registers a driver under a name. */
  register(driver: string, driverClass: object): void
}

/** The exports of the npm package `databank` that are used here. */
export interface DatabankModule extends DatabankErrors {
  /** The class with the registry of drivers. */
  readonly Databank: DatabankClass
}

/** The app's copy; null if it has none, undefined before the search. */
let adopted: DatabankModule | null | undefined

/**
 * Returns the app's copy of the npm package `databank`, or null if it has none. Searches once and never throws: if the
 * app's copy fails to load, the app's own import reports it.
 */
export function appDatabank(): DatabankModule | null {
  if (adopted === undefined) adopted = besideUs() ?? besideMain()
  return adopted
}

/** Makes a copy the app's copy, unless the app has one already. Returns the app's copy. */
export function adopt(databank: DatabankModule): DatabankModule {
  adopted = appDatabank() ?? databank
  return adopted
}

/**
 * Returns the package of a class `Databank`, or the package itself; null for anything else. For a class in a bundle,
 * the error classes are unknown.
 */
export function moduleOf(databank: unknown): DatabankModule | null {
  if (isModule(databank)) return databank
  if (!isClass(databank)) return null
  const app = appDatabank()
  if (app?.Databank === databank) return app
  for (const [file, loaded] of Object.entries(require.cache ?? {})) {
    if (!file.endsWith('databank.js')) continue
    const exports: unknown = loaded?.exports
    if (isModule(exports) && exports.Databank === databank) return exports
  }
  return { Databank: databank }
}

/**
 * Loads the optional peer dependency, by a plain `require`, so that bundlers include the app's copy if there is one.
 */
function besideUs(): DatabankModule | null {
  try {
    return moduleOrNull(require('databank'))
  } catch {
    return null
  }
}

/** Loads the app's copy in workspaces that install this package in the root but databank in the app. */
function besideMain(): DatabankModule | null {
  try {
    const main = require.main?.filename ?? process.argv[1] ?? ''
    return isAbsolute(main) ? moduleOrNull(createRequire(main)('databank')) : null
  } catch {
    return null
  }
}

function moduleOrNull(exports: unknown): DatabankModule | null {
  return isModule(exports) ? exports : null
}

function isModule(exports: unknown): exports is DatabankModule {
  return isClass((exports as Partial<DatabankModule> | null | undefined)?.Databank)
}

function isClass(databank: unknown): databank is DatabankClass {
  return typeof databank === 'function' && 'register' in databank
}
