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
 * session-file-store keeps a file a session, named after its id. It ends so long after its last use as its cookie's age
 * says, else its `ttl`; the date in the cookie means nothing there.
 */
export async function* sessionFileStore(
  folder: string,
  { ttl = TTL }: SourceFlags,
  secret: string | undefined,
): AsyncGenerator<Found> {
  const seconds = Number(ttl)
  if (!(seconds > 0)) throw new UserError('--ttl is a number of seconds above 0, as the option of session-file-store')
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

/** Returns an empty text if the file cannot be read, or has been removed since the folder was listed. */
export async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
