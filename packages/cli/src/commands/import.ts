import { ConnectError, nameAndCode } from '@sessionbank/databank-kit'
import { sessionHandle } from '@sessionbank/session-core'
import { assertIndexed, SessionImport, sideBySide } from '@sessionbank/session-core/maintenance'
import { type BankFlags, withBank } from '../bank.ts'
import { COLLECTIONS, type Found, type Source, type SourceFlags } from '../import/found.ts'
import { fromEnvironment } from '../options-file.ts'
import { placeOf } from '../place.ts'
import { Progress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { counted, countText } from '../text.ts'
import { EXIT, UserError } from '../user-error.ts'

/** Loaded on demand, because the clients of the databases take longer to load than everything else. */
const SOURCES: Record<string, () => Promise<Source>> = {
  'connect-redis': async () => (await import('../import/connect-redis.ts')).connectRedis,
  'connect-mongo': async () => (await import('../import/connect-mongo.ts')).connectMongo,
  'connect-pg-simple': async () => (await import('../import/connect-pg-simple.ts')).connectPgSimple,
  'session-file-store': async () => (await import('../import/session-file-store.ts')).sessionFileStore,
  'koa-redis': async () => (await import('../import/koa-redis.ts')).koaRedis,
  'databank-disk': async () => (await import('../import/databank-disk.ts')).databankDisk,
  'databank-mongodb': async () => (await import('../import/databank-mongodb.ts')).databankMongodb,
}
export const KINDS = Object.keys(SOURCES)

interface ImportFlags extends BankFlags, SourceFlags {
  fullIds?: boolean
}

/** Imports the sessions of another store into a bank. */
export async function importFrom(
  terminal: Terminal,
  kind: string,
  from: string,
  to: string,
  flags: ImportFlags,
): Promise<number> {
  const load = SOURCES[kind]
  if (!load) throw new UserError(`unknown kind of store: the kinds are ${KINDS.join(', ')}`)
  return withBank(
    to,
    flags,
    async ({ bank, options, secret }) => {
      const defaults: Record<string, string> = COLLECTIONS
      const collection = kind in defaults ? (flags.collection ?? defaults[kind]) : null
      if (collection === options.type && placeOf(from) === placeOf(to)) {
        throw new UserError(
          'the old documents are in the collection of the new ones: use another database, or another --type',
        )
      }
      await assertIndexed(bank, options)
      const source = await load()
      const target = new SessionImport(bank, options)
      const counts = { written: 0, kept: 0, dead: 0, damaged: 0 }
      const progress = new Progress(terminal, 'Importing', null)
      const work = async (found: Found) => {
        counts[await imported(target, found, (why) => tellDamaged(terminal, found, why, flags))]++
        progress.tick()
      }
      await sideBySide(readable(source(fromEnvironment(from), flags, secret)), work, lengthOf)
      progress.end()
      const { written, kept, dead, damaged } = counts
      await terminal.print(
        `imported ${counted(written, 'session')}; skipped ${countText(kept)} existing, ${countText(dead)} expired, ` +
          `${countText(damaged)} damaged`,
      )
      return damaged > 0 ? EXIT.failed : EXIT.done
    },
    { isTarget: true },
  )
}

/** Returns the size of a session in characters, or 0 if it cannot be JSON and will be rejected. */
function lengthOf({ session }: Found): number {
  try {
    return JSON.stringify(session)?.length ?? 0
  } catch {
    return 0
  }
}

/** Imports a session and returns the outcome. A session that no store accepts counts as damaged. */
async function imported(target: SessionImport, { sid, session, expires }: Found, tell: (why: string) => void) {
  if (typeof session !== 'object' || session === null || Array.isArray(session)) {
    tell('it is damaged, or encrypted with another secret than that of --options')
    return 'damaged'
  }
  const { sid: stored, ...data } = session as { sid?: unknown }
  try {
    return await target.add({ sid, session: stored === sid ? data : session, expires })
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    if (!REFUSALS.has(code)) throw error
    tell(message)
    return 'damaged'
  }
}

/** Errors that concern one session, not the bank. */
const REFUSALS = new Set<unknown>([
  'SESSIONBANK_INVALID_SESSION_ID',
  'SESSIONBANK_INVALID_SESSION',
  'SESSIONBANK_INVALID_ID',
  'SESSIONBANK_TOO_LARGE',
])

/**
 * Reports a damaged session, by its file if it has one. The file name is the session id, which opens nothing any more.
 */
function tellDamaged(terminal: Terminal, { sid, file }: Found, why: string, { fullIds }: ImportFlags): void {
  terminal.fail(
    `${file ?? (fullIds ? `session ${JSON.stringify(sid)}` : `session ${handleOf(sid)}`)} was skipped: ${why}`,
  )
}

/** Returns the handle of a session. An invalid id has none. */
function handleOf(sid: string): string {
  try {
    return sessionHandle(sid)
  } catch {
    return 'with an invalid id'
  }
}

/** Replaces errors of another store's client, which may quote a URL or a session. */
async function* readable(found: AsyncIterable<Found>): AsyncGenerator<Found> {
  try {
    yield* found
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new ConnectError(`the source cannot be read (${nameAndCode(error)}): check its URL, and that it is running`)
  }
}
