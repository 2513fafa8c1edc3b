/** Opens a bank, uses it and disconnects, and has nothing left to do: `node connect-and-disconnect.cjs <url> <library>`. */
const { promisify } = require('node:util')
const { RedisDatabank } = require('../dist/index.js')

async function main(url, library) {
  const bank = new RedisDatabank({ url, library, timeout: 10_000 })
  await promisify(bank.connect.bind(bank))({})
  const records = bank.records('exit')
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => records.write(id, '{}', { expires: null })))
  await records.clear()
  await promisify(bank.disconnect.bind(bank))()
  return 'done'
}

main(process.argv[2], process.argv[3])
  .catch((error) => error.code)
  .then((result) => process.stdout.write(result))
