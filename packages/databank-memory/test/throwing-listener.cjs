/**
 * Adds two eviction listeners; the first one throws. Prints the uncaught error and the count that the second one gets.
 */
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
