/**
 * Fails to connect, then connects and disconnects, so that the process should end: `node connect-and-leave.cjs <url>`.
 */
const { CouchbaseDatabank } = require('../dist/index.js')

const url = process.argv[2]
const nowhere = new CouchbaseDatabank({ url: 'couchbase://a:b@127.0.0.1:1/app', timeout: 500 })
nowhere.connect({}, (refusal) => {
  process.stdout.write(refusal ? 'refused, ' : 'not refused, ')
  const bank = new CouchbaseDatabank({ url, timeout: 20_000 })
  bank.connect({}, (failure) => {
    if (failure) throw failure
    process.stdout.write('connected, ')
    bank.save('session', 'a', { sid: 'a' }, (failed) => {
      if (failed) throw failed
      bank.disconnect(() => process.stdout.write('disconnected'))
    })
  })
})
