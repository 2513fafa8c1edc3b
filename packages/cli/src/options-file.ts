import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parsedIfJson, type Schema } from '@sessionbank/databank-kit'
import type { StoreOptions } from '@sessionbank/session-core'
import { UserError } from './user-error.ts'

/** What a file of options says: the options of the app's store, and the schema of its bank. */
export interface FileOptions {
  store: StoreOptions
  schema: Schema | undefined
  /** Secrets of other stores, by the name that their own options have. */
  secret: string | undefined
}

const MODULES = ['.js', '.mjs', '.cjs']
const FROM_ENVIRONMENT = 'env:'

/** Returns a text; `env:NAME` stands for a variable of the environment, which is not seen in the list of processes. */
export function fromEnvironment(text: string): string {
  if (!text.startsWith(FROM_ENVIRONMENT)) return text
  const name = text.slice(FROM_ENVIRONMENT.length)
  const value = process.env[name]
  if (value) return value
  throw new UserError(`the environment has no variable ${name}: set it, or give another one after "env:"`)
}

/** Reads a file of options: JSON, or a module whose default export they are. */
export async function readOptions(path: string | undefined): Promise<FileOptions> {
  if (path === undefined) return { store: {}, schema: undefined, secret: undefined }
  const given = MODULES.includes(extname(path)) ? await imported(path) : parsedIfJson(await textOf(path))
  if (!isObject(given)) {
    throw new UserError(
      `${path} holds no options: write {"type": "session"} as JSON, or export default them from a module`,
    )
  }
  // An app may keep all options of its store in one module: what is for requests alone is left out.
  const { schema, secret, log: _log, logContents: _contents, cleanupInterval: _interval, ...store } = given
  if (secret !== undefined && typeof secret !== 'string') throw new UserError(`"secret" in ${path} must be a string`)
  // What they hold is checked by the store.
  const options: StoreOptions = store
  const { encryption } = store
  if (isObject(encryption)) Object.assign(options, { encryption: withKeys(encryption) })
  return { store: options, schema: schema as Schema | undefined, secret: secret && fromEnvironment(secret) }
}

/** Keys may be named after variables of the environment. */
function withKeys(encryption: Record<string, unknown>): Record<string, unknown> {
  const { keys } = encryption
  if (!Array.isArray(keys)) return encryption
  return { ...encryption, keys: keys.map((key) => (typeof key === 'string' ? fromEnvironment(key) : key)) }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}): check the path after --options`,
    )
  }
}

async function imported(path: string): Promise<unknown> {
  await textOf(path)
  try {
    const { default: exported } = (await import(pathToFileURL(resolve(path)).href)) as { default: unknown }
    return exported
  } catch (error) {
    const { name, message } = error as Error
    throw new UserError(`${path} does not load: ${name}: ${message}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
