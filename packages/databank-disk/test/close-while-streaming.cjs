/** Disconnects while streams are suspended, reads them, and connects again: `node close-while-streaming.cjs <dir>`. */
const assert = require('node:assert/strict')
const { closeBank, openBank } = require('./open-bank.cjs')

async function main([dir]) {
  const bank = await openBank(dir)
  const records = bank.records('session')
  const write = (n) => records.write(`id-${n}`, JSON.stringify({ sid: `id-${n}`, user: 'ann' }), { expires: null })
  await Promise.all(Array.from({ length: 2_000 }, (_, n) => write(n)))

  const streams = () => [records.entries(), records.find('user', 'ann'), records.find('sid', 'id-1999')]
  const suspended = streams()
  for (const stream of suspended.slice(0, 2)) await stream.next()
  const pending = streams().map((stream) => stream.next())
  const sweeping = records.deleteExpired(10)
  await closeBank(bank)
  await sweeping
  await Promise.allSettled(pending)
  for (const stream of suspended) await assert.rejects(drain(stream), { name: /NotConnectedError/ })

  const again = await openBank(dir)
  assert.equal(await again.records('session').count(), 2_000)
  await again.records('session').entries().next()
  await closeBank(again)
  process.stdout.write('done')
}

async function drain(stream) {
  for await (const _ of stream);
}

main(process.argv.slice(2))
