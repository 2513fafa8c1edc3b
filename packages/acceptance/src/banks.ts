import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { type ServerKind, type TestServer, temporaryFolder } from '@sessionbank/test-servers'
import type { Framework } from './apps/app.ts'
import type { Protection } from './protection.ts'

/** A bank that the promises are tried on. */
export interface BankUnderTest {
  name: string
  /** Whether what it holds is there for another connection, and after a restart. */
  outlives: boolean
  /** Whether records end by this process's clock, which tests can move, or by a server's. */
  clock: 'process' | 'server'
  /** The one to try it with if not all tests run; undefined: each. */
  framework?: Framework | undefined
  /** The only one to try it with, even if all tests run; undefined: see `framework`. */
  onlyFramework?: Framework | undefined
  /** Options of all stores on it; undefined: ids and sessions are stored as they are. */
  protection?: Protection | undefined
  /** Makes a place for the data. */
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
 * A server that `describeWith` has started.
 *
 * @param clock by whose clock its driver lets records end
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

/** The data of one bank, and the connections to it. */
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

  /** Another connection, as another process has; of a bank in memory, where nobody else can come, the one that there is. */
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
