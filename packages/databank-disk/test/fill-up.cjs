/**
 * Writes until the disk is full, then frees space and writes again. Prints the error and what was readable:
 * `node fill-up.cjs <dir> <ballast file>`. An unhandled rejection would make this process fail.
 */
const { rmSync } = require('node:fs')
const { closeBank, openBank } = require('./open-bank.cjs')

const PADDING = 'x'.repeat(20_000)

async function main([dir, ballast]) {
  const bank = await openBank(dir)
  const records = bank.records('session')
  const write = (id) => records.write(id, JSON.stringify({ sid: id, user: 'ann', PADDING }), { expires: null })
  const stored = new Set()
  const errors = []
  for (let n = 0; errors.length === 0; n += 8) {
    const ids = Array.from({ length: 8 }, (_, i) => `id-${n + i}`)
    const results = await Promise.allSettled(ids.map(write))
    for (const [i, { status, reason }] of results.entries())
      status === 'fulfilled' ? stored.add(ids[i]) : errors.push(reason)
  }
  const counted = await records.count()
  rmSync(ballast)
  await write('after')
  const readable = (await Promise.all([...stored, 'after'].map((id) => records.read(id)))).every(Boolean)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await closeBank(bank)
  const { name, code, message } = errors[0]
  process.stdout.write(JSON.stringify({ name, code, message, kept: counted === stored.size, readable }))
}

main(process.argv.slice(2))
