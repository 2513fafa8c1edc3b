/** A process that writes one record and disconnects: `node write-and-leave.cjs <url> <id>`. It has to end by itself. */
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
