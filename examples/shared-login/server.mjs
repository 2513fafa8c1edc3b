import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { fileURLToPath } from 'node:url'
import { openDatabank } from '@sessionbank/express-databank-store'
import { expressApp } from './express-app.mjs'
import { fastifyApp } from './fastify-app.mjs'
import { Gates } from './gates.mjs'
import { koaApp } from './koa-app.mjs'
import { secretFrom } from './secret.mjs'
import { SCHEMA } from './session-settings.mjs'

const { HOST = '127.0.0.1', PORT = '3001', SESSIONBANK_SECRET, SESSIONBANK_URL } = process.env

/** How long running requests may take after Ctrl-C, in ms. */
const GRACE = 1_000

const data = fileURLToPath(new URL('.data/', import.meta.url))
const sites = [
  { framework: 'Express', makeApp: expressApp },
  { framework: 'Koa', makeApp: koaApp },
  { framework: 'Fastify', makeApp: fastifyApp },
]
let bank

try {
  await start()
  for (const { framework, port } of sites) console.log(`${framework.padEnd(8)} http://localhost:${port}`)
  console.log(
    `Log in on one, and the others know you. Ctrl-C stops all three; from another terminal: kill ${process.pid}`,
  )
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
} catch (error) {
  console.error(explained(error))
  process.exitCode = 1
  await stop()
}

async function start() {
  const ports = portsFrom(PORT)
  const secret = await secretFrom(SESSIONBANK_SECRET, `${data}secret`)
  bank = await openDatabank(SESSIONBANK_URL ?? `disk:${data}bank`, { schema: SCHEMA })
  const gates = new Gates()
  for (const [index, site] of sites.entries()) {
    Object.assign(site, await site.makeApp({ bank, secret, sites, gates }))
    site.server.listen(ports[index], HOST)
    await once(site.server, 'listening')
    site.port = site.server.address().port
    site.origin = originOf(site.server)
  }
}

/** Returns the origin of a server on this machine. */
function originOf(server) {
  const { address, port } = server.address()
  if (address === '0.0.0.0' || address === '::') return `http://localhost:${port}`
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`
}

async function stop() {
  await Promise.all(sites.map(({ server }) => server && closed(server)))
  await Promise.all(sites.map(({ store }) => store?.close()))
  await bank?.disconnect()
}

function closed(server) {
  const force = setTimeout(() => server.closeAllConnections(), GRACE)
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
  })
}

/** Returns three consecutive ports; 0 means any free ports. */
function portsFrom(text) {
  const base = Number(text)
  const highest = 65_535 - (sites.length - 1)
  if (!/^\d+$/.test(text) || base > highest)
    throw new Error(`PORT must be a number from 1 to ${highest}, not "${text}"`)
  return sites.map((_, index) => (base === 0 ? 0 : base + index))
}

function explained(error) {
  if (error.code === 'EADDRINUSE')
    return `port ${error.port} is in use: free it, or start with other ports, as in PORT=5001`
  return error.message
}
