/** Listens to evictions twice, and throws in the first listener. Prints what the process and the second one are told. */
const { MemoryDatabank } = require('../dist/index.js')

async function main() {
  process.on('uncaughtException', ({ message }) => console.log(message))
  const bank = new MemoryDatabank({ maxRecords: 1 })
  await bank.connect()
  bank.onEvicted('session', () => {
    throw new Error('thrown')
  })
  bank.onEvicted('session', (count) => console.log(count))
  for (const id of ['a', 'b']) await bank.records('session').write(id, '{}', { expires: null })
}

main()
