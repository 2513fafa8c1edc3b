/**
 * Reads from a server that falls silent, with an unref'ed client of the app. Prints the error's code, then should end.
 * Forked with an IPC channel: `wait-for-silent-server.cjs <port> <library>`.
 */
const { promisify } = require('node:util')
const { RedisDatabank } = require('../dist/index.js')

const [, , port, library] = process.argv

async function clientOf() {
  if (library === 'ioredis') {
    const { Redis } = require('ioredis')
    const client = new Redis({
      host: '127.0.0.1',
      port: Number(port),
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    })
    await new Promise((resolve) => client.once('ready', resolve))
    client.stream.unref()
    return client
  }
  const client = require('redis').createClient({ url: `redis://127.0.0.1:${port}` })
  client.on('error', () => {})
  await client.connect()
  client.unref()
  return client
}

async function main() {
  const bank = new RedisDatabank({ client: await clientOf(), timeout: 1_000 })
  await promisify(bank.connect.bind(bank))({})
  const silenced = new Promise((resolve) => process.once('message', resolve))
  process.send('connected')
  await silenced
  process.disconnect()
  return promisify(bank.read.bind(bank))('session', 'a')
}

main()
  .catch((error) => error.code ?? error.stack)
  .then((result) => process.stdout.write(String(result)))
