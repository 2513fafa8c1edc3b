import { randomUUID } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Call, Calls } from '@sessionbank/databank-kit'
import { connectError, failureOf } from './failures.ts'
import type { Options } from './options.ts'
import { apply, type Change, changeIn, lineOf, type Table } from './stored-form.ts'

const NEWLINE = 0x0a

/** A bank's connection to its journal, and the records that it has read. */
export class Connection {
  readonly calls: Calls
  readonly #file: FileHandle
  readonly #tables = new Map<string, Table>()
  /**
   * The running changes of this connection, by number. True once the change has been read from the journal and its
   * condition held.
   */
  readonly #outcomes = new Map<string, boolean>()
  /** How far the journal has been read, in bytes. */
  #position = 0
  /** The last read. Reads run one after another. */
  #reading: Promise<void> = Promise.resolve()

  private constructor(file: FileHandle, timeout: number) {
    this.#file = file
    this.calls = new Calls({ database: 'the journal', timeout, failureOf })
  }

  static async open({ path, timeout }: Options): Promise<Connection> {
    try {
      return new Connection(await open(path, 'a+'), timeout)
    } catch (error) {
      throw connectError(path, error)
    }
  }

  /** Waits for running calls. */
  async close(): Promise<void> {
    await this.calls.close()
    await this.#file.close()
  }

  /** Returns the records of a type, after all acknowledged changes. */
  async table(type: string): Promise<Table> {
    this.#reading = this.#reading.catch(() => {}).then(() => this.#read())
    await this.#reading
    return this.#tableOf(type)
  }

  /** Appends a change to the journal. Returns false if its condition did not hold and nothing was changed. */
  async change(change: Change, call: Call): Promise<boolean> {
    const number = randomUUID()
    const line = lineOf(change, number)
    call.assertInTime()
    call.sent = true
    this.#outcomes.set(number, false)
    try {
      const { bytesWritten } = await this.#file.write(line)
      if (bytesWritten < line.length) throw Object.assign(new Error('the line is torn'), { code: 'ENOSPC' })
      await this.#file.datasync()
      await this.table(change.type)
      return this.#outcomes.get(number) === true
    } finally {
      this.#outcomes.delete(number)
    }
  }

  async #read(): Promise<void> {
    const { size } = await this.#file.stat()
    if (size <= this.#position) return
    const { buffer } = await this.#file.read(Buffer.alloc(size - this.#position), 0, undefined, this.#position)
    // The text after the last line end is a line that is still being written.
    const end = buffer.lastIndexOf(NEWLINE) + 1
    this.#position += end
    for (const line of buffer.toString('utf8', 0, end).split('\n')) this.#apply(line)
  }

  #apply(line: string): void {
    const change = changeIn(line)
    if (!change) return
    const isMade = apply(this.#tableOf(change.type), change)
    if (this.#outcomes.has(change.number)) this.#outcomes.set(change.number, isMade)
  }

  #tableOf(type: string): Table {
    const table = this.#tables.get(type) ?? new Map()
    this.#tables.set(type, table)
    return table
  }
}
