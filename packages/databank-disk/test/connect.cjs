/** Opens a folder and prints `{}` or the error: `node connect.cjs <dir>`. */
const { closeBank, openBank } = require('./open-bank.cjs')

openBank(process.argv[2]).then(
  (bank) => closeBank(bank).then(() => process.stdout.write('{}')),
  ({ name, code, message }) => process.stdout.write(JSON.stringify({ name, code, message })),
)
