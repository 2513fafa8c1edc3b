import { opendir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, parsedIfJson } from '@sessionbank/databank-kit'
import { UserError } from '../user-error.ts'
import { decrypted } from './file-store-secret.ts'
import type { Found, SourceFlags } from './found.ts'

const ENDING = '.json'
/** The store's own default, in seconds. */
const TTL = '3600'

/**
 * Reads session-file-store, which stores one file per session, named after its id. A session expires after its cookie's
 * maxAge without a use, or after `ttl` if the cookie has no maxAge. The store ignores the date in the cookie.
 */
export async function* sessionFileStore(
  folder: string,
  { ttl = TTL }: SourceFlags,
  secret: string | undefined,
): AsyncGenerator<Found> {
  const seconds = Number(ttl)
  if (!(seconds > 0))
    throw new UserError('--ttl must be a number of seconds above 0, like the option of session-file-store')
  for await (const { name } of await opened(folder)) {
    if (!name.endsWith(ENDING)) continue
    const file = join(folder, name)
    const parsed = parsedIfJson(await textOf(file))
    const stored = secret === undefined ? parsed : await decrypted(parsed, secret)
    const { __lastAccess: lastUse, ...session } = (stored ?? {}) as {
      __lastAccess?: unknown
      cookie?: { originalMaxAge?: unknown }
    }
    const life = Number(session.cookie?.originalMaxAge) || seconds * 1_000
    yield {
      sid: name.slice(0, -ENDING.length),
      session: typeof stored === 'object' && typeof lastUse === 'number' ? session : undefined,
      expires: Number(lastUse) + life,
      file,
    }
  }
}

export async function opened(folder: string) {
  try {
    return await opendir(folder)
  } catch (error) {
    throw new UserError(`the folder ${folder} cannot be read (${codeOf(error)}): check its path`)
  }
}

/** Returns the text of a file, or '' if it cannot be read or has been removed meanwhile. */
export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
