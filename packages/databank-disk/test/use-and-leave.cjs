/** Opens a bank, uses it and disconnects, and has nothing left to do: `node use-and-leave.cjs <dir>`. */
const { closeBank, openBank } = require('./open-bank.cjs')

async function main([dir]) {
  const bank = await openBank(dir)
  const records = bank.records('session')
  const write = (id) => records.write(id, JSON.stringify({ sid: id, user: 'ann' }), { expires: Date.now() })
  await Promise.all(['a', 'b', 'c', 'd'].map(write))
  await records.read('a')
  await records.deleteExpired(2)
  for await (const _ of records.find('user', 'ann')) break
  const last = write('late')
  await closeBank(bank)
  await last
  process.stdout.write('done')
}

main(process.argv.slice(2))
