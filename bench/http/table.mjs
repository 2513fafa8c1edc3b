import { redis } from '@sessionbank/test-servers'
import { table } from '../markdown.mjs'
import { median, spread } from '../rounds.mjs'
import { RunningApp } from './running-app.mjs'

export const title = 'Whole requests over HTTP'

const OURS = ['sessionbank', 'sessionbank, default touchAfter']
const FRAMEWORKS = { express: 'connect-redis', fastify: 'connect-redis', koa: 'plain ioredis store' }
const ROUTES = [
  { path: '/read', name: 'read-only', goal: 1.2 },
  { path: '/write', name: 'writing', goal: 1.05 },
]
const REQUESTS = 10_000
const QUICK_REQUESTS = 200

export async function run(options) {
  const server = await redis.start()
  try {
    const rows = []
    for (const [framework, peer] of Object.entries(FRAMEWORKS)) {
      rows.push(...(await rowsOf(framework, peer, server.url, options)))
    }
    const head = [
      'app',
      'against',
      'touchAfter',
      'route',
      'requests/s, ours ÷ theirs',
      'requests/s',
      'p99, ms',
      'CPU a request, µs',
    ]
    const requests = options.isQuick ? QUICK_REQUESTS : REQUESTS
    const note = `64 connections, ${requests} requests a round, rounds: ${options.rounds}; one Redis; the app, the client and Redis share the machine. Pairs are ours / theirs.`
    return `${note}\n\n${table(head, rows)}`
  } finally {
    await server.stop()
  }
}

async function rowsOf(framework, peer, url, { rounds, warmUp, isQuick, goals }) {
  const stores = [...OURS, peer]
  const apps = new Map()
  try {
    for (const store of stores) apps.set(store, await RunningApp.start(framework, store, url))
    const rows = []
    for (const { path, name, goal } of ROUTES) {
      const results = new Map(stores.map((store) => [store, []]))
      for (let round = -warmUp; round < rounds; round++) {
        for (const [i] of stores.entries()) {
          const store = stores[(i + Math.max(round, 0)) % stores.length]
          const result = await apps.get(store).load(path, isQuick ? QUICK_REQUESTS : REQUESTS)
          if (round >= 0) results.get(store).push(result)
        }
      }
      for (const store of OURS) rows.push(row(framework, peer, name, goal, store, results, goals))
    }
    return rows
  } finally {
    for (const app of apps.values()) await app.stop()
  }
}

function row(framework, peer, route, goal, store, results, goals) {
  const [ours, theirs] = [results.get(store), results.get(peer)]
  const isDefault = store !== OURS[0]
  const ratios = ours.map(({ perSecond }, i) => perSecond / theirs[i].perSecond)
  const what = `${framework}, ${route}, touchAfter ${isDefault ? 'by default' : 0}`
  const pair = (key) => `${Math.round(middle(ours, key))} / ${Math.round(middle(theirs, key))}`
  const ratio = goals.cell(spread(ratios), goal, what)
  return [framework, peer, isDefault ? 'default' : 0, route, ratio, pair('perSecond'), pair('p99'), pair('cpu')]
}

function middle(results, key) {
  return median(results.map((result) => result[key]))
}
