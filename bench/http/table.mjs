import { redis } from '@sessionbank/test-servers'
import { table } from '../markdown.mjs'
import { median, spread } from '../rounds.mjs'
import { IN_MEMORY } from './apps.mjs'
import { RunningApp } from './running-app.mjs'

export const title = 'Whole requests over HTTP'

const OURS = ['sessionbank', 'sessionbank, default touchAfter']
const NAMES = { [OURS[0]]: 'ours, `touchAfter: 0`', [OURS[1]]: 'ours, `touchAfter` by default' }
const CONNECT_REDIS = ['connect-redis', "connect-redis with node-redis' own timeout"]
const PEERS = { express: CONNECT_REDIS, fastify: CONNECT_REDIS, koa: ['plain ioredis store'] }
const ROUTES = [
  { path: '/read', name: 'read-only', goal: 1.2 },
  { path: '/write', name: 'writing', goal: 1.05 },
]
const REQUESTS = 10_000
const CONNECTIONS = 64
const QUICK = { requests: 40, connections: 4 }

export async function run(options) {
  const { requests, connections } = options.isQuick ? QUICK : { requests: REQUESTS, connections: CONNECTIONS }
  const server = await redis.start()
  try {
    const rows = []
    for (const [framework, peers] of Object.entries(PEERS)) {
      rows.push(...(await rowsOf(framework, peers, server.url, { ...options, requests, connections })))
    }
    const head = [
      'app',
      'store',
      'against',
      'route',
      'requests/s, as a ratio',
      'requests/s',
      'p99, ms',
      'CPU a request, µs',
    ]
    const note = `${connections} connections, ${requests} requests a round, rounds: ${options.rounds}; one Redis; the app, the client and Redis share the machine. Pairs are of the store / of what it is against.`
    return `${note}\n\n${table(head, rows)}`
  } finally {
    await server.stop()
  }
}

async function rowsOf(framework, peers, url, { rounds, warmUp, requests, connections, isQuick, goals }) {
  // A quick run measures only one store and one peer, because autocannon takes at least a second per round.
  const measured = isQuick ? OURS.slice(0, 1) : [...OURS, IN_MEMORY]
  const stores = [...measured, ...(isQuick ? peers.slice(0, 1) : peers)]
  const apps = new Map()
  try {
    for (const store of stores) apps.set(store, await RunningApp.start(framework, store, url, connections))
    const rows = []
    for (const { path, name, goal } of ROUTES) {
      const results = new Map(stores.map((store) => [store, []]))
      for (let round = -warmUp; round < rounds; round++) {
        for (const [i] of stores.entries()) {
          const store = stores[(i + Math.max(round, 0)) % stores.length]
          const result = await apps.get(store).load(path, requests)
          if (round >= 0) results.get(store).push(result)
        }
      }
      for (const peer of stores.slice(measured.length)) {
        for (const store of measured) rows.push(row(framework, peer, name, goal, store, results, goals))
      }
    }
    return rows
  } finally {
    for (const app of apps.values()) await app.stop()
  }
}

function row(framework, peer, route, goal, store, results, goals) {
  const [own, theirs] = [results.get(store), results.get(peer)]
  const ratios = own.map(({ perSecond }, i) => perSecond / theirs[i].perSecond)
  const name = NAMES[store] ?? `(${store})`
  const isOurs = OURS.includes(store)
  const ratio = goals.cell(spread(ratios), isOurs ? goal : undefined, `${framework}, ${route}, ${name} against ${peer}`)
  const pair = (key) => `${Math.round(middle(own, key))} / ${Math.round(middle(theirs, key))}`
  return [framework, name, peer, route, ratio, pair('perSecond'), pair('p99'), pair('cpu')]
}

function middle(results, key) {
  return median(results.map((result) => result[key]))
}
