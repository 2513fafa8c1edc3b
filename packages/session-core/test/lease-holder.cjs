/**
 * Sweeps once with the lease, prints a line, and keeps running: `node lease-holder.cjs <bank URL> <cleanup interval>`.
 */
const { openDatabank, SessionStore } = require('../dist/index.js')

const [, , url, interval] = process.argv
openDatabank(url).then((bank) => {
  const store = new SessionStore(bank, { cleanupInterval: Number(interval) })
  store.once('cleanup', () => process.stdout.write('swept'))
})
setInterval(() => {}, 1_000)
