/** Runs databank's own suite on the built driver: `node run-databank-test.cjs <url>`; vows does not run inside Jest. */
require('../dist/index.js')
const { DriverTest } = require('databank-test')

const silent = { name: 'silent', report() {}, print() {}, setStream() {} }
DriverTest('couchbase', { url: process.argv[2], timeout: 20_000 }).run(
  { reporter: silent },
  ({ honored, broken, errored }) => {
    process.stdout.write(JSON.stringify({ honored, broken, errored }))
  },
)
