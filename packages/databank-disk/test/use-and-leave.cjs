/** Opens a bank, uses it and disconnects, so that the process should end: `node use-and-leave.cjs <dir>`. */
const assert = require('node:assert/strict')
const { closeBank, openBank } = require('./open-bank.cjs')

async function main([dir]) {
  const bank = await openBank(dir)
  const records = bank.records('session')
  const write = (id) => records.write(id, JSON.stringify({ sid: id, user: 'ann' }), { expires: Date.now() })
  await Promise.all(['a', 'b', 'c', 'd'].map(write))
  await records.read('a')
  await records.deleteExpired(2)
  for await (const _ of records.find('user', 'ann')) break
  // All but one of these must read and write again.
  const last = Promise.all(Array.from({ length: 20 }, () => write('late')))
  const refused = assert.rejects(
    closeBank(bank).then(() => write('too late')),
    { name: /NotConnectedError/ },
  )
  assert.equal(new Set(await last).size, 20)
  await refused
  process.stdout.write('done')
}

main(process.argv.slice(2))
