/** Opens a bank, uses it and disconnects, and has nothing left to do: `node connect-and-disconnect.cjs <url> <library>`. */
const { RedisDatabank } = require('../dist/index.js')

const [, , url, library] = process.argv
const bank = new RedisDatabank({ url, library })
const fail = (error) => {
  if (error) throw error
}
bank.connect({}, (error) => {
  fail(error)
  const records = bank.records('exit')
  const all = ['a', 'b', 'c', 'd', 'e'].map((id) => records.write(id, '{}', { expires: null }))
  Promise.all(all)
    .then(() => records.clear())
    .then(() => bank.disconnect((error) => fail(error) ?? process.stdout.write('done')), fail)
})
