/** Increments the number in a record on the revision that it read: `node increment.cjs <dir> <times>`. */
const { closeBank, openBank } = require('./open-bank.cjs')

async function main([dir, times]) {
  const bank = await openBank(dir)
  const records = bank.records('session')
  for (let done = 0; done < Number(times); ) {
    const record = await records.read('counter')
    const n = record ? JSON.parse(record.json).n : 0
    const json = JSON.stringify({ sid: 'counter', n: n + 1 })
    const options = { expires: Date.now() + 3_600_000, ifRevision: record ? record.revision : null }
    if ((await records.write('counter', json, options)) !== null) done++
  }
  await closeBank(bank)
}

main(process.argv.slice(2))
