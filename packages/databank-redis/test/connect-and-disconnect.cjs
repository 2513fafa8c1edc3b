/**
 * Opens a bank, uses it and disconnects, so that the process should end: `node connect-and-disconnect.cjs <url>
 * <library>`.
 */
const { promisify } = require('node:util')
const { RedisDatabank } = require('../dist/index.js')

/** Returns a client with lazyConnect. */
function clientFor(url) {
  const { Cluster, Redis } = require('ioredis')
  const [, scheme, list, name] = /^(.*):\/\/([^/]*)\/?(.*)$/.exec(url)
  const hosts = list.split(',').map((host) => ({ host: host.split(':')[0], port: Number(host.split(':')[1]) }))
  const options = { lazyConnect: true }
  if (scheme === 'redis+cluster') return new Cluster(hosts, options)
  return new Redis({ ...options, ...(scheme === 'redis+sentinel' ? { sentinels: hosts, name } : hosts[0]) })
}

async function main(url, library) {
  const client = library === 'ioredis' ? clientFor(url) : undefined
  const bank = new RedisDatabank({ ...(client ? { client } : { url }), timeout: 10_000 })
  await promisify(bank.connect.bind(bank))({}).finally(() => bank.connected || client?.disconnect())
  const records = bank.records('exit')
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => records.write(id, '{}', { expires: null })))
  await records.clear()
  await promisify(bank.disconnect.bind(bank))()
  client?.disconnect()
  return 'done'
}

main(process.argv[2], process.argv[3])
  .catch((error) => error.code)
  .then((result) => process.stdout.write(result))
