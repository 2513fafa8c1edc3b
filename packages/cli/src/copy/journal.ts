import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import { UserError } from '../user-error.ts'

/** A record that a copy has written, or was about to write when it was interrupted. */
export interface JournalEntry {
  /** The digest of the text. */
  text: string
  /** The digest of the text that it replaced; the same as `text` if it replaced none. */
  before: string
  /** The expiry that it wrote, in ms since the epoch; null means never. */
  expires: number | null
}

/** In bytes. The probability of a collision among a billion sessions is below 10^-18. */
const DIGEST = 15
/**
 * As in the disk bank: with the defaults, a killed process may break another one, and the error of a full disk cannot
 * be caught.
 */
const OPTIONS = {
  encoding: 'binary',
  keyEncoding: 'binary',
  noSubdir: false,
  permissionsMode: 0o600,
  overlappingSync: false,
  eventTurnBatching: false,
  txnStartThreshold: 10_000,
} as const
/** The key of the journal's own digest. Keys of entries are longer. */
const ABOUT = Buffer.from('about')
/** Present after a copy with --final, when source and target were equal. */
const FINISHED = Buffer.from('finished')

/** Returns the digest of a text, because the journal must not contain ids, contents or URLs. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'buffer').toString('base64url', 0, DIGEST)
}

/** The key of a session in the journal. */
export type JournalKey = Buffer

export function keyOf(id: string): JournalKey {
  return hash('sha256', id, 'buffer').subarray(0, DIGEST)
}

/**
 * Notes on disk what a copy has written, so that an interrupted copy can continue, and memory does not grow with the
 * number of sessions. After a finished copy, a copy in the other direction uses the same journal: a record that is
 * still as it was copied has not been used since, and may be replaced.
 */
export class CopyJournal {
  /** True if an earlier run has written to it. */
  readonly isResumed: boolean
  readonly #entries: RootDatabase<Buffer, Buffer>
  #isClosed = false

  /** Throws UserError if the journal belongs to another copy, or to an unfinished one in the other direction. */
  constructor(folder: string, from: string, to: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#entries = open({ ...OPTIONS, path: folder })
    const written = this.#entries.get(ABOUT)?.toString()
    const given = digestOf(`${from} ${to}`)
    this.isResumed = written !== undefined
    if (this.isResumed && written !== given) this.#assertWayBack(folder, written === digestOf(`${to} ${from}`))
    // Removed first, because a copy that continues or changes its direction is unfinished until it is exact again.
    this.#entries.removeSync(FINISHED)
    if (written !== given) this.#entries.putSync(ABOUT, Buffer.from(given))
  }

  #assertWayBack(folder: string, isOpposite: boolean): void {
    if (isOpposite && this.#isFinished) return
    if (!isOpposite)
      throw new UserError(`the journal in ${folder} is of another copy: use another folder with --journal`)
    throw new UserError(
      `the journal in ${folder} is of a copy in the other direction that is not finished: finish that one with --final, or ` +
        'use another folder with --journal',
    )
  }

  get #isFinished(): boolean {
    return this.#entries.get(FINISHED) !== undefined
  }

  /** True if nothing has been copied yet. */
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

  /** Resolves when the entry is on disk. All entries of a turn of the event loop share one flush. */
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

  /** Marks the copy as exact. */
  async finish(): Promise<void> {
    await this.#entries.put(FINISHED, Buffer.alloc(0))
  }
}
