import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import type { Databank } from './databank.ts'
import type { DatabankErrors } from './databank-errors.ts'

/** The class `Databank` of the npm package, which keeps a registry of drivers. */
export interface DatabankClass {
  /** What the banks of this copy inherit from. */
  readonly prototype: object
  /** Makes a bank of a registered driver. */
  get(driver: string, params: object): Databank
  /** Makes a driver known under a name. */
  register(driver: string, driverClass: object): void
}

/** What the npm package `databank` exports, as far as it is used here. */
export interface DatabankModule extends DatabankErrors {
  /** The class with the registry of drivers. */
  readonly Databank: DatabankClass
}

/** Undefined until it was looked for. */
let adopted: DatabankModule | null | undefined

/**
 * Returns the app's copy of the npm package `databank`, or null if it has none. Looks for it once, and never throws: an app
 * whose copy does not load learns that from its own use of it.
 */
export function appDatabank(): DatabankModule | null {
  if (adopted === undefined) adopted = besideUs() ?? besideMain()
  return adopted
}

/** Takes a copy that was handed over for the app's, unless the app has one already. Returns the app's. */
export function adopt(databank: DatabankModule): DatabankModule {
  adopted = appDatabank() ?? databank
  return adopted
}

/**
 * Returns the package to which a class `Databank` belongs, or the package itself; null for anything else. Of a class that a
 * bundler has included, the errors are not known.
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
 * The package manager puts an optional peer where we find it. Written as a plain `require` that may fail: bundlers then
 * include the app's copy if there is one.
 */
function besideUs(): DatabankModule | null {
  try {
    return moduleOrNull(require('databank'))
  } catch {
    return null
  }
}

/** In some workspaces our packages lie in the root and databank beside the app. */
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
