import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import { UserError } from '../user-error.ts'

/** What a copy has written, or was about to write when it broke off. */
export interface JournalEntry {
  /** The digest of the text. */
  text: string
  /** The digest of what it replaced; the same if it replaced nothing. */
  before: string
  /** The expiry that it wrote, in ms since the epoch; null: never. */
  expires: number | null
}

/** In bytes. A chance match in a bank of a billion sessions is as likely as one in 10^15. */
const DIGEST = 15
/** As in the disk bank: with the defaults, a killed process may break another one, and a full disk cannot be caught. */
const OPTIONS = {
  encoding: 'binary',
  keyEncoding: 'binary',
  noSubdir: false,
  permissionsMode: 0o600,
  overlappingSync: false,
  eventTurnBatching: false,
  txnStartThreshold: 10_000,
} as const
/** No key of an entry is so short. */
const ABOUT = Buffer.from('about')
/** There once a copy was exact: both sides had the same then. */
const FINISHED = Buffer.from('finished')

/** Returns what tells one text from another in the journal, which holds no ids, contents or URLs. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'buffer').toString('base64url', 0, DIGEST)
}

/** Names a session in the journal. */
export type JournalKey = Buffer

export function keyOf(id: string): JournalKey {
  return hash('sha256', id, 'buffer').subarray(0, DIGEST)
}

/**
 * What a copy has written, on disk: a copy that broke off goes on, and a copy of many millions of sessions needs no more
 * memory than one of a few. Once it was exact, the way back goes on with it: what still is as it was copied has not been used
 * since, and may be replaced.
 */
export class CopyJournal {
  /** Whether an earlier run has written in it. */
  readonly isResumed: boolean
  readonly #entries: RootDatabase<Buffer, Buffer>
  #isClosed = false

  /** Refuses the journal of another copy, and of one in the other direction that is not finished. */
  constructor(folder: string, from: string, to: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#entries = open({ ...OPTIONS, path: folder })
    const written = this.#entries.get(ABOUT)?.toString()
    const given = digestOf(`${from} ${to}`)
    this.isResumed = written !== undefined
    if (this.isResumed && written !== given) this.#assertWayBack(folder, written === digestOf(`${to} ${from}`))
    // Before anything else is noted: a copy that goes on, or goes back, is not finished until it is exact again.
    this.#entries.removeSync(FINISHED)
    if (written !== given) this.#entries.putSync(ABOUT, Buffer.from(given))
  }

  #assertWayBack(folder: string, isOpposite: boolean): void {
    if (isOpposite && this.#isFinished) return
    if (!isOpposite)
      throw new UserError(`the journal in ${folder} is of another copy: name another folder with --journal`)
    throw new UserError(
      `the journal in ${folder} is of a copy in the other direction that is not finished: finish that one with --final, or ` +
        'name another folder with --journal',
    )
  }

  get #isFinished(): boolean {
    return this.#entries.get(FINISHED) !== undefined
  }

  /** Whether nothing has been copied yet. */
  get isEmpty(): boolean {
    const own = this.#isFinished ? 2 : 1
    return this.#entries.getKeysCount({ limit: own + 1 }) === own
  }

  get(key: JournalKey): JournalEntry | null {
    const bytes = this.#entries.get(key)
    if (!bytes) return null
    const [text = '', before = '', expires = ''] = bytes.toString().split(' ')
    return { text, before, expires: expires === '' ? null : Number(expires) }
  }

  /** Resolves once it is on disk. All entries of a turn of the event loop share one flush. */
  async put(key: JournalKey, { text, before, expires }: JournalEntry): Promise<void> {
    await this.#entries.put(key, Buffer.from(`${text} ${before} ${expires ?? ''}`))
  }

  async remove(key: JournalKey): Promise<void> {
    await this.#entries.remove(key)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#entries.close()
  }

  /** Notes that the copy is exact. */
  async finish(): Promise<void> {
    await this.#entries.put(FINISHED, Buffer.alloc(0))
  }
}
