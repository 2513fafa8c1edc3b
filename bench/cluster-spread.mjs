// Measures how sessions and load spread over the masters of a Redis Cluster that grows from one to three during use.
// Usage: node bench/cluster-spread.mjs [--sessions=N] [--write]
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { growingRedisCluster } from '@sessionbank/test-servers'
import { createClient } from 'redis'
import { writeBlock } from './generated-block.mjs'
import { table } from './markdown.mjs'
import { timed } from './rounds.mjs'
import { cookie, sessionOf, sidOf } from './sessions.mjs'

const MASTERS = 3
const IN_FLIGHT = 64
const PAGE = join(import.meta.dirname, '..', 'docs', 'scaling.md')

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '50000' }, write: { type: 'boolean', default: false } },
})
const count = Number(values.sessions)
if (!(count > 0)) throw new Error('--sessions must be a number above 0')

const cluster = await growingRedisCluster(MASTERS)
const bank = await openDatabank(cluster.url)
const store = new DatabankStore(bank, { cleanupInterval: false })
try {
  await timed({ count, inFlight: IN_FLIGHT }, (i) => store.set(sidOf(0, i), sessionOf(i)))
  const rows = await underLoad('one master')

  let isGrowing = true
  const growth = cluster.grow(MASTERS - 1).finally(() => {
    isGrowing = false
  })
  const used = await useWhile(() => isGrowing)
  await growth

  rows.push(...(await underLoad('three masters')))
  const found = await store.length()
  const lost = count - found
  const head = ['', 'master', 'sessions', 'share', 'commands', 'share', 'CPU, ms', 'bytes a session']
  const text = [
    `${count} sessions of 350 bytes, then ${count} requests: each reads a session, and every fourth writes it as well. The commands include those inside scripts, the bytes all that the server needs beyond an empty one.`,
    table(head, rows),
    `While the slots moved, ${used.requests} such requests: ${used.failed} failed${used.failed > 0 ? ` (${[...used.codes].join(', ')})` : ''}. Lost sessions: ${lost}.`,
  ].join('\n\n')
  console.log(text)
  if (values.write) writeBlock(PAGE, 'cluster-spread', text)
} finally {
  await bank.disconnect()
  await cluster.stop()
}

/** Makes a request that reads a session; every fourth one also changes it. */
async function request(i) {
  const sid = sidOf(0, i)
  const session = await store.get(sid)
  if (!session) throw new Error('a session is lost')
  if (i % 4 !== 0) return
  session.visits++
  session.cookie = cookie()
  await store.set(sid, session)
}

async function useWhile(goesOn) {
  const used = { requests: 0, failed: 0, codes: new Set() }
  const visitor = async () => {
    while (goesOn()) {
      await request((used.requests++ * 7) % count).catch(({ code, message }) => {
        used.failed++
        used.codes.add(code ?? message)
      })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, visitor))
  return used
}

async function underLoad(name) {
  const before = await figures()
  await timed({ count, inFlight: IN_FLIGHT }, request)
  const after = await figures()
  const commands = after.map((one, n) => one.commands - before[n].commands)
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
  const [keys, all] = [sum(after.map((one) => one.keys)), sum(commands)]
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`
  return after.map((one, n) => {
    const cpu = Math.round((one.cpu - before[n].cpu) * 1_000)
    const bytes = Math.round((one.memory - one.empty) / one.keys)
    return [name, n + 1, one.keys, percent(one.keys, keys), commands[n], percent(commands[n], all), cpu, bytes]
  })
}

/** Returns the statistics of each master. */
function figures() {
  return Promise.all(
    cluster.masters.map(async ({ port }) => {
      const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect()
      const [info, keys] = await Promise.all([client.info('everything'), client.dbSize()])
      await client.close()
      const number = (field) => Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1])
      return {
        keys,
        commands: number('total_commands_processed'),
        cpu: number('used_cpu_user') + number('used_cpu_sys'),
        memory: number('used_memory'),
        empty: number('used_memory_startup') + number('mem_clients_normal'),
      }
    }),
  )
}
