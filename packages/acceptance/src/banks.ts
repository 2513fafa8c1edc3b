import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { type ServerKind, type TestServer, temporaryFolder } from '@sessionbank/test-servers'
import type { Framework } from './apps/app.ts'
import type { Protection } from './protection.ts'

/** A bank that the promises are tested on. */
export interface BankUnderTest {
  name: string
  /** True if other connections see its records, and a restart keeps them. */
  outlives: boolean
  /** The clock that expires records: this process's, which tests can move, or a server's. */
  clock: 'process' | 'server'
  /** The framework to test it with if not all tests run; undefined: all frameworks. */
  framework?: Framework | undefined
  /** The only framework to test it with, even if all tests run; undefined: see `framework`. */
  onlyFramework?: Framework | undefined
  /** Options of all its stores; undefined: plain ids and sessions. */
  protection?: Protection | undefined
  /** Creates an empty place for the data. */
  prepare(): Promise<Place>
}

interface Place {
  url: string
  remove(): void
}

export const memory: BankUnderTest = {
  name: 'memory',
  outlives: false,
  clock: 'process',
  prepare: async () => ({ url: 'memory:', remove() {} }),
}

export const disk: BankUnderTest = {
  name: 'disk',
  outlives: true,
  clock: 'process',
  async prepare() {
    const folder = temporaryFolder('acceptance')
    return { url: `disk:${folder.path}`, remove: folder.remove }
  },
}

/**
 * Returns the bank of a server that `describeWith` has started.
 *
 * @param clock the clock that expires its records
 */
export function onServer(
  kind: ServerKind,
  server: () => TestServer,
  clock: BankUnderTest['clock'],
  framework?: Framework,
): BankUnderTest {
  return {
    name: kind.name,
    outlives: true,
    clock,
    framework,
    prepare: async () => ({ url: server().url, remove() {} }),
  }
}

/** The data of one bank and the connections to it. */
export class Connections {
  readonly #kind: BankUnderTest
  readonly #open = new Set<OpenBank>()
  #place: Place | undefined

  constructor(kind: BankUnderTest) {
    this.#kind = kind
  }

  get url(): string {
    if (!this.#place) throw new Error(`${this.#kind.name} has not been prepared yet`)
    return this.#place.url
  }

  async prepare(): Promise<void> {
    this.#place = await this.#kind.prepare()
  }

  /** Returns another connection, like that of another process. A bank in memory has only one. */
  async another(): Promise<OpenBank> {
    const [first] = this.#open
    if (first && !this.#kind.outlives) return first
    const bank = await openDatabank(this.url)
    this.#open.add(bank)
    return bank
  }

  disconnect(bank: OpenBank): Promise<void> {
    this.#open.delete(bank)
    return bank.disconnect()
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#open].map((bank) => this.disconnect(bank)))
    this.#place?.remove()
  }
}
