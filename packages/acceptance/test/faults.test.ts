import {
  describeWith,
  mongodb,
  postgres,
  type RedisClusterServer,
  redis,
  redisCluster,
  type ServerKind,
  type TestServer,
} from '@sessionbank/test-servers'
import { type Answer, Client } from '../src/client.ts'
import { type AppProcess, startProcesses } from '../src/several-processes.ts'

const LANES = 6
/** The store's `timeout`. A request loads, saves and touches, so it may take three times as long. */
const TIMEOUT = 1_500
const SLOWEST = 3 * TIMEOUT + 3_000
const PATIENCE = 30_000

/** A client that increments its own key again and again. */
class Lane {
  readonly answers: Answer[] = []
  slowest = 0
  #running = true
  readonly #done: Promise<void>

  constructor(client: Client, apps: AppProcess[], key: string) {
    this.#done = this.#run(client, apps, key)
  }

  async #run(client: Client, apps: AppProcess[], key: string): Promise<void> {
    for (let n = 0; this.#running; n++) {
      const begun = performance.now()
      const answer = await client
        .at(apps[n % apps.length] as AppProcess)
        .request(`count/${key}`)
        .catch(noAnswer)
      this.slowest = Math.max(this.slowest, performance.now() - begun)
      this.answers.push(answer)
      if (answer.status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  get acknowledged(): Answer[] {
    return this.answers.filter(({ status }) => status === 200)
  }

  get failed(): Answer[] {
    return this.answers.filter(({ status }) => status !== 200)
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#done
  }
}

function noAnswer(error: Error): Answer {
  return { status: 0, result: undefined, error: { message: `${error.message}: ${error.cause}` }, setCookies: [] }
}

/** Runs clients while something breaks and is repaired. Returns the clients with their answers. */
async function loadWhile(bankUrl: string, breakAndMend: (sid: string) => Promise<void>): Promise<Lane[]> {
  const apps = await startProcesses(2, bankUrl, { timeout: TIMEOUT })
  try {
    const client = new Client(apps[0] as AppProcess)
    await client.send('count/made')
    const sid = decodeURIComponent(client.cookies.get('connect.sid') as string)
      .slice(2)
      .split('.')[0] as string
    const lanes = Array.from({ length: LANES }, (_, lane) => new Lane(client, apps, `lane${lane}`))
    try {
      await progress(lanes)
      await breakAndMend(sid)
      await progress(lanes)
    } finally {
      await Promise.all(lanes.map((lane) => lane.stop()))
    }
    return lanes
  } finally {
    // Rejects if an app crashed, hung or did not end.
    await Promise.all(apps.map((app) => app.close()))
  }
}

/** Resolves when every client has been served five more times. */
async function progress(lanes: Lane[]): Promise<void> {
  const goals = lanes.map((lane) => lane.acknowledged.length + 5)
  const deadline = Date.now() + PATIENCE
  while (lanes.some((lane, i) => lane.acknowledged.length < (goals[i] as number))) {
    if (Date.now() > deadline)
      throw new Error(`no progress: ${JSON.stringify(lanes.map(({ answers }) => answers.at(-1)))}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function expectCleanFailures(lanes: Lane[]): void {
  const isClean = ({ status, error }: Answer) => status === 500 && error?.code?.startsWith('SESSIONBANK_')
  expect(lanes.flatMap((lane) => lane.failed).filter((answer) => !isClean(answer))).toEqual([])
  expect(Math.max(...lanes.map(({ slowest }) => slowest))).toBeLessThan(SLOWEST)
}

/** Expects each successful request to be stored. A failed one may be stored or not. */
function expectNothingLost(lanes: Lane[]): void {
  for (const { answers, failed } of lanes) {
    const counts = answers.filter(({ status }) => status === 200).map(({ result }) => result as number)
    expect(counts.every((count, i) => i === 0 || count > (counts[i - 1] as number))).toBe(true)
    expect(counts.at(-1)).toBeLessThanOrEqual(counts.length + failed.length)
  }
}

async function awayForASecond(server: TestServer): Promise<void> {
  await server.halt('SIGKILL')
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await server.resume()
}

function goesOnAfter(kind: ServerKind, keepsItsData: boolean): void {
  describeWith(kind, (server) => {
    it('can go away under load and come back: requests wait or fail cleanly, then continue', async () => {
      const lanes = await loadWhile(server().url, () => awayForASecond(server()))

      expectCleanFailures(lanes)
      if (keepsItsData) expectNothingLost(lanes)
    }, 120_000)
  })
}

goesOnAfter(redis, true)
goesOnAfter(postgres, true)
goesOnAfter(mongodb, false)

describeWith(redisCluster, (server) => {
  it('can lose the master of a session under load: requests wait or fail cleanly until a replica takes over', async () => {
    const cluster = server() as RedisClusterServer
    const lanes = await loadWhile(cluster.url, async (sid) => {
      const master = cluster.masterOf(`session:${sid}`)
      await master?.halt('SIGKILL')
    })

    expectCleanFailures(lanes)
  }, 120_000)
})
