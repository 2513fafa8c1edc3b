import * as servers from '@sessionbank/test-servers'
import { type BankUnderTest, disk, onServer } from '../src/banks.ts'
import { Client } from '../src/client.ts'
import { type AppProcess, startProcesses } from '../src/several-processes.ts'

const PROCESSES = 4
/** Timeout for opening and operations in ms: long, because these tests are not about time. */
const PATIENCE = 60_000
const INCREMENTS = servers.rounds(100, 500)
const LANES = 8
const REQUESTS_OF_A_LANE = servers.rounds(10, 25)

/** Guarantees 1 and 6 across processes, over HTTP. */
function acrossProcesses(kind: BankUnderTest): void {
  let apps: AppProcess[] = []
  let place: { url: string; remove(): void } | undefined

  beforeAll(async () => {
    place = await kind.prepare()
    apps = await startProcesses(PROCESSES, place.url, { timeout: PATIENCE }, { timeout: PATIENCE })
  }, 180_000)

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()))
    place?.remove()
  }, 120_000)

  it('four processes that increment a number by update() lose nothing', async () => {
    const client = new Client(apps[0] as AppProcess)
    await count(client, 'sum')

    await Promise.all(apps.map((app) => client.at(app).send(`increments/${INCREMENTS}`)))

    expect(await count(client, 'sum')).toBe(1 + PROCESSES * INCREMENTS + 1)
  }, 120_000)

  it('requests to four processes that change different keys of one session lose nothing', async () => {
    const client = new Client(apps[0] as AppProcess)
    await count(client, 'made')

    const counts = await Promise.all(
      Array.from({ length: LANES }, async (_, lane) => {
        const seen: number[] = []
        for (let n = 0; n < REQUESTS_OF_A_LANE; n++) {
          seen.push(await count(client.at(apps[(lane + n) % PROCESSES] as AppProcess), `lane${lane}`))
        }
        return seen
      }),
    )

    const expected = Array.from({ length: REQUESTS_OF_A_LANE }, (_, n) => n + 1)
    for (const seen of counts) expect(seen).toEqual(expected)
  }, 120_000)
}

/** Increments a key of the client's session, and returns its new value. */
const count = (client: Client, key: string): Promise<number> => client.send(`count/${key}`)

describe('the disk bank', () => acrossProcesses(disk))

for (const name of ['redis', 'redisCluster', 'postgres', 'mongodb', 'couchbase']) {
  const kind = (servers as unknown as Record<string, servers.ServerKind | undefined>)[name]
  if (kind) servers.describeWith(kind, (server) => acrossProcesses(onServer(kind, server, 'server')))
}
