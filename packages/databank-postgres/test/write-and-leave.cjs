/** Writes one record and disconnects, so that the process should end: `node write-and-leave.cjs <url> <id>`. */
const { PostgresDatabank } = require('../dist/index.js')

const [url, id] = process.argv.slice(2)
const bank = new PostgresDatabank({ url, timeout: 20_000 })
bank.connect({}, (refused) => {
  if (refused) throw refused
  bank.save('session', id, { sid: id }, (failed) => {
    if (failed) throw failed
    bank.disconnect((error) => {
      if (error) throw error
    })
  })
})
