import type { Records, StoredRecord } from '@sessionbank/databank-kit'
import { eachRecord, type RecordTokens } from '@sessionbank/session-core/maintenance'
import { type CopyJournal, digestOf, type JournalEntry, type JournalKey, keyOf } from './journal.ts'

/** The counts of a pass. */
export interface PassReport {
  written: number
  touched: number
  /** Removed from the target, because they are no longer in the source. */
  removed: number
  /** Left unchanged, because the target had them before, or has changed them since. */
  kept: number
}

interface CopierOptions {
  from: Records
  to: Records
  tokens: RecordTokens
  journal: CopyJournal
  onRecord(): void
}

/** A record of the source with its journal entry. */
interface Copied {
  id: string
  stored: StoredRecord
  key: JournalKey
  /** The digest of its text. */
  text: string
  entry: JournalEntry | null
}

/**
 * Copies records exactly, with their expiry. Writes only if the target has no record, or still has the one that the
 * copy wrote, according to the journal. A record's journal entry is written first, so that an interrupted copy
 * recognizes its own records.
 */
export class Copier {
  readonly #options: CopierOptions
  #report: PassReport = { written: 0, touched: 0, removed: 0, kept: 0 }

  constructor(options: CopierOptions) {
    this.#options = options
  }

  /**
   * Copies the source once, then removes records from the target that the source no longer has.
   *
   * @param isThorough if true, compares each record with the target; else only those that differ from the journal
   */
  async pass(isThorough: boolean): Promise<PassReport> {
    const { from, journal, onRecord, to } = this.#options
    const isFirst = journal.isEmpty
    this.#report = { written: 0, touched: 0, removed: 0, kept: 0 }
    await eachRecord(from.entries(), async ([id, stored]) => {
      await this.#copy(id, stored, isThorough)
      onRecord()
    })
    // Records that the source loses during the first pass are removed by the next one.
    if (!isFirst) await eachRecord(to.entries(), ([id, there]) => this.#removeIfLost(id, there))
    return this.#report
  }

  async #copy(id: string, stored: StoredRecord, isThorough: boolean): Promise<void> {
    const { journal, to } = this.#options
    const key = keyOf(id)
    const text = digestOf(stored.json)
    const entry = journal.get(key)
    const isUnchanged = entry?.text === text && entry.expires === stored.expires
    if (isUnchanged && !isThorough) return
    const copied: Copied = { id, stored, key, text, entry }
    const there = entry || isThorough ? await to.read(id) : null
    if (!there) await this.#create(copied)
    else if (there.json === stored.json) await this.#move(copied, there)
    else if (entry && isOwn(there, entry)) await this.#replace(copied, there)
    else this.#report.kept++
  }

  async #create(copied: Copied): Promise<void> {
    const { journal, to } = this.#options
    const { id, stored, key, text } = copied
    const own = this.#tokensOf(copied)
    await journal.put(key, { text, before: text, expires: stored.expires })
    const revision = await to.write(id, stored.json, { expires: stored.expires, ifRevision: null, ...own })
    if (revision !== null) this.#report.written++
    else if ((await to.read(id))?.json !== stored.json) {
      this.#report.kept++
      await journal.remove(key)
    }
  }

  async #replace(copied: Copied, there: StoredRecord): Promise<void> {
    const { journal, to } = this.#options
    const { id, stored, key, text } = copied
    const own = this.#tokensOf(copied)
    await journal.put(key, { text, before: digestOf(there.json), expires: stored.expires })
    const revision = await to.write(id, stored.json, { expires: stored.expires, ifRevision: there.revision, ...own })
    if (revision !== null) this.#report.written++
    else this.#report.kept++
  }

  /** Copies the expiry of a record with the same text, but never shortens a session that was used at the target. */
  async #move(copied: Copied, there: StoredRecord): Promise<void> {
    const { journal, to } = this.#options
    const { id, stored, key, text, entry } = copied
    const { expires } = stored
    const isUsedThere = there.expires !== expires && there.expires !== entry?.expires
    if (there.expires !== expires && !(isUsedThere && endsLater(there.expires, expires))) {
      const own = this.#tokensOf(copied)
      if (await to.touch(id, expires, { extend: isUsedThere, ifRevision: there.revision, ...own }))
        this.#report.touched++
    }
    if (entry?.text !== text || entry.expires !== expires) await journal.put(key, { text, before: text, expires })
  }

  /** Removes a record from the target if the source no longer has it and it has not been used at the target since. */
  async #removeIfLost(id: string, there: StoredRecord): Promise<void> {
    const { from, journal, to } = this.#options
    const key = keyOf(id)
    const entry = journal.get(key)
    if (!entry || !isOwn(there, entry) || there.expires !== entry.expires || (await from.read(id))) return
    // Expires the record instead of deleting it, because a delete has no condition.
    if (await to.touch(id, Date.now() - 1, { ifRevision: there.revision })) this.#report.removed++
    await journal.remove(key)
  }

  /** Returns the `tokens` option of a write, if the target has an index. */
  #tokensOf({ id, stored }: Copied) {
    const tokens = this.#options.tokens.of(id, stored)
    return tokens && { tokens }
  }
}

/** Returns true if expiry `a` is later than `b`; null means never. */
function endsLater(a: number | null, b: number | null): boolean {
  return b !== null && (a === null || a > b)
}

/** Returns true if the target still has the text that the copy wrote. */
function isOwn({ json }: StoredRecord, { text, before }: JournalEntry): boolean {
  const digest = digestOf(json)
  return digest === text || digest === before
}
