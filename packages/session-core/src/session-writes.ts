import type {
  CallOptions,
  Records,
  Revision,
  StoredRecord,
  SyncWrites,
  TouchOptions,
  WriteOptions,
} from '@sessionbank/databank-kit'
import { explainBankError } from './explain-bank-error.ts'
import type { Operation } from './operation.ts'
import { openedBy, type Seal } from './seal.ts'
import { knownRevision, type SessionRecord, type Version } from './session-record.ts'
import type { StoredIds } from './stored-ids.ts'

/** The dependencies of `SessionWrites`. */
export interface SessionWritesContext {
  records: Records
  ids: StoredIds
  /** Null if sessions are not encrypted. */
  seal: Seal | null
  /** The indexed fields. */
  readonly indices: readonly string[]
}

type OneRecord = Pick<Operation, 'sid' | 'id'> & { deadline?: number }

/** The parts of a record that are written. */
export type WrittenRecord = Pick<SessionRecord, 'id' | 'text' | 'created' | 'version'>

/** The place to which a session that was not loaded is written. */
export interface Target {
  id: string
  /** The version to replace; null: none. */
  version: Version | null
}

/**
 * Writes sessions to a bank's records, under the bank's ids and sealed if the store encrypts. Does not convert the
 * bank's errors; the store's queue does.
 */
export class SessionWrites {
  readonly #records: Records
  readonly #context: SessionWritesContext

  constructor(context: SessionWritesContext) {
    this.#records = context.records
    this.#context = context
  }

  /**
   * Returns where to write a session that was not loaded: over the record that the bank holds for it, even if that
   * record is not a session, or at its own id if there is none.
   *
   * @throws UnreadableRecordError if that record has a form that this version does not know, or cannot be opened
   */
  async target({ sid, id, deadline }: OneRecord): Promise<Target> {
    const version = await this.#version(id, deadline)
    const older = version === null ? this.#context.ids.olderIdOf(sid) : null
    const olderVersion = older === null ? null : await this.#version(older, deadline)
    return older === null || olderVersion === null ? { id, version } : { id: older, version: olderVersion }
  }

  /**
   * Same as `target`, synchronously. If the bank cannot read synchronously, assumes that the session is new; returns
   * null if it may have an older id.
   */
  targetNow({ sid, id }: OneRecord): Target | null {
    const stored = readStoredNow(this.#records, id)
    if (stored) return { id, version: this.#versionIn(id, stored) }
    return this.#context.ids.olderIdOf(sid) === null ? { id, version: null } : null
  }

  async #version(id: string, deadline?: number): Promise<Version | null> {
    const stored = await this.#records.read(id, { deadline })
    return stored && this.#versionIn(id, stored)
  }

  #versionIn(id: string, stored: StoredRecord): Version {
    const opened = openedBy(this.#context.seal, id, stored)
    return { revision: knownRevision(id, opened), sealedBy: opened.sealedBy }
  }

  write(record: WrittenRecord, options: WriteOptions): Promise<Revision | null> {
    return this.#records.write(record.id, this.#textOf(record), this.#optionsOf(record, options))
  }

  #textOf({ id, text, created, version }: WrittenRecord): string {
    const { seal } = this.#context
    return seal?.isToSeal(version) ? seal.seal(id, text, created) : text
  }

  /** Adds the index tokens of a record to be sealed: they cannot be calculated from the sealed text. */
  #optionsOf({ text, version }: WrittenRecord, options: WriteOptions): WriteOptions {
    const { seal } = this.#context
    return seal?.isToSeal(version) ? { ...options, tokens: seal.tokens(text, this.#context.indices) } : options
  }

  /** Returns the version of a record after a write. */
  versionOf({ version }: SessionRecord, revision: Revision): Version {
    const { seal } = this.#context
    return { revision, sealedBy: seal?.isToSeal(version) ? seal.sealsBy : undefined }
  }

  touch(record: SessionRecord, expires: number | null, options: TouchOptions): Promise<boolean> {
    return this.#records.touch(record.id, expires, this.#optionsOfTouch(record, options))
  }

  #optionsOfTouch({ text, version }: SessionRecord, options: TouchOptions): TouchOptions {
    const { seal } = this.#context
    const indices = seal && version?.sealedBy !== undefined ? this.#context.indices : []
    if (!seal || indices.length === 0) return options
    return { ...options, tokens: seal.tokens(text, indices, version?.sealedBy) }
  }

  async delete({ sid, id, deadline }: OneRecord): Promise<boolean> {
    const older = this.#context.ids.olderIdOf(sid)
    const wasThere = await this.deleteStored(id, { deadline })
    return older === null ? wasThere : (await this.deleteStored(older, { deadline })) || wasThere
  }

  deleteStored(id: string, options: CallOptions): Promise<boolean> {
    return this.#records.delete(id, options)
  }

  /** Writes on a synchronous bank, as do `touchNow` and `deleteNow`. */
  writeNow(record: WrittenRecord, options: WriteOptions): Revision | null {
    return this.#sync.write(record.id, this.#textOf(record), this.#optionsOf(record, options))
  }

  touchNow(record: SessionRecord, expires: number | null, options: TouchOptions): boolean {
    return this.#sync.touch(record.id, expires, this.#optionsOfTouch(record, options))
  }

  deleteNow({ sid, id }: OneRecord): boolean {
    const older = this.#context.ids.olderIdOf(sid)
    const wasThere = this.#sync.delete(id)
    return older === null ? wasThere : this.#sync.delete(older) || wasThere
  }

  get #sync(): SyncWrites {
    return this.#records.sync as SyncWrites
  }
}

/**
 * Reads a record synchronously. Returns undefined if the bank cannot do that.
 *
 * @throws the converted error of the bank
 */
export function readStoredNow(records: Records, id: string): StoredRecord | null | undefined {
  try {
    return records.readNow?.(id)
  } catch (error) {
    throw explainBankError(error)
  }
}
