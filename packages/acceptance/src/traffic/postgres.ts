import { openDatabank } from '@sessionbank/session-core'
import { relayBefore } from '@sessionbank/test-servers'
import { type RoundTrip, Seen, type WatchedBank } from './traffic.ts'

const LENGTH_BYTES = 4
const WRITES = /^\s*(INSERT|UPDATE|DELETE)\b/i

/** Watches the bank's messages to the server, by a proxy. */
export async function watchedPostgres(serverUrl: string): Promise<WatchedBank> {
  const seen = new Seen<RoundTrip>()
  const url = new URL(serverUrl)
  const proxy = await relayBefore(Number(url.port), (client, upstream) => {
    const messages = new Messages((roundTrip) => seen.add(roundTrip))
    client.on('data', (chunk) => {
      messages.take(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => client.write(chunk))
  })
  url.port = String(proxy.port)
  const bank = await openDatabank(url.href)
  return {
    bank,
    roundTrips: async () => seen.take(),
    async close() {
      await bank.disconnect()
      await proxy.close()
    },
  }
}

/** The messages of one connection. Each has a letter, its length and a body; the first has no letter. */
class Messages {
  readonly #onRoundTrip: (roundTrip: RoundTrip) => void
  /** The text of each prepared statement, by its name. */
  readonly #statements = new Map<string, string>()
  #rest = Buffer.alloc(0)
  #isStarted = false
  #asked: RoundTrip = 'read'

  constructor(onRoundTrip: (roundTrip: RoundTrip) => void) {
    this.#onRoundTrip = onRoundTrip
  }

  take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      const head = this.#isStarted ? 1 : 0
      if (this.#rest.length < head + LENGTH_BYTES) return
      const end = head + this.#rest.readInt32BE(head)
      if (this.#rest.length < end) return
      const type = this.#isStarted ? String.fromCharCode(this.#rest[0] as number) : ''
      this.#read(type, this.#rest.subarray(head + LENGTH_BYTES, end))
      this.#rest = this.#rest.subarray(end)
      this.#isStarted = true
    }
  }

  /** Evaluates Parse, Bind, Query and Sync. The server answers at a Sync or a Query. */
  #read(type: string, body: Buffer): void {
    const [first = '', second = ''] = body.toString('latin1').split('\0')
    if (type === 'P') this.#statements.set(first, second)
    if (type === 'B') this.#ask(this.#statements.get(second) ?? '')
    if (type === 'Q') this.#ask(first)
    if (type !== 'S' && type !== 'Q') return
    this.#onRoundTrip(this.#asked)
    this.#asked = 'read'
  }

  #ask(sql: string): void {
    if (WRITES.test(sql)) this.#asked = 'write'
  }
}
