import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expectConsistent } from './consistency.ts'
import { closeBank, openBank, pathOf, temporaryDirectory } from './fixtures.ts'

const ROUNDS = Number(process.env.SESSIONBANK_KILL_ROUNDS ?? 10)
/** Enough that the writer is killed in the middle of a flush. */
const LEAST_ACKNOWLEDGED = 3_000
const PATIENCE = 10_000

/** The last acknowledged version of each id. */
type Acknowledged = Map<string, number>

it(
  'kill -9 of a writer loses nothing that was acknowledged and disturbs no other process',
  async () => {
    const dir = temporaryDirectory()
    const quiet = await holdOpen(dir)
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const acknowledged = await writeAndKill(dir, `round-${round}`)
        expect(await ask(quiet, round)).toBe('ok')
        await expectStored(dir, acknowledged)
      }
      quiet.send('close')
      expect(await once(quiet, 'exit')).toEqual([0, null])
      // Any damage by a kill would still be there.
      await expectConsistent(dir, 'session', ['user'])
    } finally {
      quiet.kill('SIGKILL')
    }
  },
  ROUNDS * 12_000,
)

async function holdOpen(dir: string): Promise<ChildProcess> {
  const quiet = fork(pathOf('hold-open.cjs'), [dir])
  await once(quiet, 'message')
  return quiet
}

async function ask(quiet: ChildProcess, n: number): Promise<unknown> {
  quiet.send(n)
  const [answer] = await once(quiet, 'message', { signal: AbortSignal.timeout(PATIENCE) })
  return answer
}

async function writeAndKill(dir: string, prefix: string): Promise<Acknowledged> {
  const writer = spawn(process.execPath, [pathOf('write-until-killed.cjs'), dir, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: Acknowledged = new Map()
  let lines = 0
  // Random, so that kills hit different points of a transaction.
  const enough = LEAST_ACKNOWLEDGED + Math.random() * LEAST_ACKNOWLEDGED
  for await (const line of createInterface({ input: writer.stdout })) {
    const [id, version] = line.split(' ') as [string, string]
    acknowledged.set(id, Number(version))
    if (++lines >= enough) writer.kill('SIGKILL')
  }
  return acknowledged
}

async function expectStored(dir: string, acknowledged: Acknowledged): Promise<void> {
  const bank = await openBank({ dir, schema: { session: { pkey: 'sid', indices: ['user'] } } })
  const records = bank.records('session')
  const lost: string[] = []
  for (const [id, version] of acknowledged) {
    const record = await records.read(id)
    const stored = record ? JSON.parse(record.json).version : 0
    // Writes in flight at the kill may have been done.
    const later = version === 0 ? [0] : [1, 2, 0]
    if (!later.slice(later.indexOf(version)).includes(stored)) lost.push(`${id}: ${version}, found ${stored}`)
  }
  await closeBank(bank)
  expect(lost).toEqual([])
}
