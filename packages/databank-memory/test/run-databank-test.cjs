/** Runs databank's own suite on the built driver; vows does not run inside Jest. */
require('../dist/index.js')
const { DriverTest } = require('databank-test')

const silent = { name: 'silent', report() {}, print() {}, setStream() {} }
DriverTest('sessionbank-memory', {}).run({ reporter: silent }, ({ honored, broken, errored }) => {
  process.stdout.write(JSON.stringify({ honored, broken, errored }))
})
