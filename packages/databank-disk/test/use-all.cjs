/** Reads all records of a folder, writes some, and prints how many there were: `node use-all.cjs <dir>`. */
const { closeBank, openBank } = require('./open-bank.cjs')

async function main(dir) {
  const bank = await openBank(dir)
  const records = bank.records('session')
  let count = 0
  for await (const [, { json }] of records.entries()) if (JSON.parse(json).user === 'ann') count++
  for await (const _ of records.find('user', 'ann')) count++
  for (let n = 0; n < 50; n++) await records.write(`new-${n}`, '{"user":"eve"}', { expires: null })
  await closeBank(bank)
  return { count: count / 2 }
}

main(process.argv[2]).then(
  (answer) => process.stdout.write(JSON.stringify(answer)),
  ({ name, code, message }) => process.stdout.write(JSON.stringify({ name, code, message })),
)
