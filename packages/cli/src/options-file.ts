import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parsedIfJson, type Schema } from '@sessionbank/databank-kit'
import type { StoreOptions } from '@sessionbank/session-core'
import { UserError } from './user-error.ts'

/** The contents of an options file: the options of the app's store, and the schema of its bank. */
export interface FileOptions {
  store: StoreOptions
  schema: Schema | undefined
  /** The secret of another store, for imports. */
  secret: string | undefined
}

const MODULES = ['.js', '.mjs', '.cjs']
const FROM_ENVIRONMENT = 'env:'

/** Returns a text; `env:NAME` is replaced by an environment variable, which is not visible in the list of processes. */
export function fromEnvironment(text: string): string {
  if (!text.startsWith(FROM_ENVIRONMENT)) return text
  const name = text.slice(FROM_ENVIRONMENT.length)
  const value = process.env[name]
  if (value) return value
  throw new UserError(`the environment has no variable ${name}: set it, or name another one after "env:"`)
}

/** Reads an options file: JSON, or a module that exports the options by default. */
export async function readOptions(path: string | undefined): Promise<FileOptions> {
  if (path === undefined) return { store: {}, schema: undefined, secret: undefined }
  const given = MODULES.includes(extname(path)) ? await imported(path) : parsedIfJson(await textOf(path))
  if (!isObject(given)) {
    throw new UserError(
      `${path} holds no options: write JSON such as {"type": "session"}, or a module that exports the options by default`,
    )
  }
  // An app may keep all options of its store in one module, so options that do not apply here are ignored.
  const { schema, secret, log: _log, logContents: _contents, cleanupInterval: _interval, ...store } = given
  if (secret !== undefined && typeof secret !== 'string') throw new UserError(`"secret" in ${path} must be a string`)
  // The store checks the values.
  const options: StoreOptions = store
  const { encryption } = store
  if (isObject(encryption)) Object.assign(options, { encryption: withKeys(encryption) })
  return { store: options, schema: schema as Schema | undefined, secret: secret && fromEnvironment(secret) }
}

/** Replaces keys of the form `env:NAME` by environment variables. */
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
