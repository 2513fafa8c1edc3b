/** Backs up a folder and prints `{}` or the error: `node back-up.cjs <dir> <target>`. */
const { closeBank, openBank } = require('./open-bank.cjs')

async function main([dir, target]) {
  const bank = await openBank(dir)
  const outcome = await bank.backup(target).then(
    () => ({}),
    ({ code, message }) => ({ code, message }),
  )
  await closeBank(bank)
  process.stdout.write(JSON.stringify(outcome))
}

main(process.argv.slice(2))
