/**
 * Writes, touches and deletes records until it is killed: `node write-until-killed.cjs <dir> <prefix>`. Prints a line
 * `<id> <version>` for each acknowledged change; version 0 means deleted.
 */
const { writeSync } = require('node:fs')
const { openBank } = require('./open-bank.cjs')

const [, , dir, prefix] = process.argv
const IN_FLIGHT = 32

openBank(dir).then((bank) => {
  const records = bank.records('session')
  const write = async (id, version) => {
    const json = JSON.stringify({ sid: id, user: `user-${version}`, version })
    await records.write(id, json, { expires: Date.now() + 3_600_000 })
    writeSync(1, `${id} ${version}\n`)
  }
  const lane = async (name) => {
    for (let n = 0; ; n++) {
      const id = `${name}-${n}`
      await write(id, 1)
      if (n % 2) await write(id, 2)
      if (n % 3) await records.touch(id, Date.now() + 7_200_000)
      if (n % 5) continue
      await records.delete(id)
      writeSync(1, `${id} 0\n`)
    }
  }
  for (let i = 0; i < IN_FLIGHT; i++) lane(`${prefix}-${i}`)
})
