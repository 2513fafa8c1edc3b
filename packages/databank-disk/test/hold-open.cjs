/**
 * Keeps a folder open and uses it at each message: `fork('hold-open.cjs', [dir])`. Answers with `ok` or the error.
 */
const assert = require('node:assert/strict')
const { closeBank, openBank } = require('./open-bank.cjs')

openBank(process.argv[2]).then((bank) => {
  const records = bank.records('session')

  async function use(n) {
    const id = 'quiet'
    const before = await records.read(id)
    assert.equal(before && JSON.parse(before.json).n, n === 1 ? null : n - 1)
    const json = JSON.stringify({ sid: id, user: 'quiet', n })
    const revision = await records.write(id, json, { expires: null, ifRevision: before?.revision ?? null })
    assert.equal((await records.read(id))?.revision, revision)
    assert.equal(await records.touch(id, Date.now() + 3_600_000, { ifRevision: revision }), true)
    const found = []
    for await (const [found_] of records.find('user', 'quiet')) found.push(found_)
    assert.deepEqual(found, [id])
    assert.ok((await records.count()) > 0)
  }

  process.on('message', (n) => {
    if (n === 'close') return closeBank(bank).then(() => process.disconnect())
    use(n).then(
      () => process.send('ok'),
      (error) => process.send(String(error.stack)),
    )
  })
  process.send('ok')
})
