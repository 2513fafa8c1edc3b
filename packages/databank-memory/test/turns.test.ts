import { collect, openBank } from './fixtures.ts'

/** How many records are listed or removed in one turn of the event loop. */
const PAGE = 100
const MANY = 1_050

/** Calls back in each turn of the event loop. Returns a function that stops the calls. */
function inEachTurn(callback: () => void): () => void {
  let immediate = setImmediate(function again() {
    callback()
    immediate = setImmediate(again)
  })
  return () => clearImmediate(immediate)
}

async function bankOf(count: number, expires: number) {
  const bank = await openBank({ schema: { session: { indices: ['user'] } } })
  const records = bank.records('session')
  for (let n = 0; n < count; n++) await records.write(`id-${n}`, '{"user":"ann"}', { expires })
  return { bank, records }
}

it.each(['entries', 'find'] as const)('%s yields to the event loop after each page', async (method) => {
  const { records } = await bankOf(MANY, Date.now() + 60_000)
  const inTurns = [0]
  const stop = inEachTurn(() => inTurns.push(0))
  for await (const _ of method === 'entries' ? records.entries() : records.find('user', 'ann')) {
    inTurns[inTurns.length - 1] = (inTurns.at(-1) as number) + 1
  }
  stop()
  expect(inTurns.reduce((sum, count) => sum + count)).toBe(MANY)
  expect(Math.max(...inTurns)).toBeLessThanOrEqual(PAGE)
})

it('entries yields to the event loop among expired records as well', async () => {
  const { records } = await bankOf(MANY, Date.now() - 1)
  let turns = 0
  const stop = inEachTurn(() => turns++)
  expect(await collect(records.entries())).toEqual([])
  stop()
  expect(turns).toBeGreaterThanOrEqual(Math.floor(MANY / PAGE) - 1)
})

it('deleteExpired yields to the event loop after each page, and stops when the bank is closed', async () => {
  const { bank, records } = await bankOf(MANY, Date.now() + 60_000)
  const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 120_000)
  const first = records.deleteExpired(MANY)
  await bank.disconnect()
  expect(await first).toBe(PAGE)
  later.mockRestore()

  const again = await bankOf(MANY, Date.now() - 1)
  let turns = 0
  const stop = inEachTurn(() => turns++)
  expect(await again.records.deleteExpired(Number.POSITIVE_INFINITY)).toBe(MANY)
  stop()
  expect(turns).toBeGreaterThanOrEqual(Math.floor(MANY / PAGE) - 1)
})

it('a stream lists each undeleted record once, while others are added and deleted', async () => {
  const { records } = await bankOf(250, Date.now() + 60_000)
  const seen: string[] = []
  for await (const [id] of records.entries()) {
    seen.push(id)
    if (seen.length === 50) {
      for (let n = 0; n < 250; n += 2) await records.delete(`id-${n}`)
      for (let n = 1; n < 250; n += 2) await records.write(`id-${n}`, '{"user":"bob"}', { expires: null })
    }
  }
  const stay = Array.from({ length: 125 }, (_, n) => `id-${2 * n + 1}`)
  expect(seen.filter((id) => stay.includes(id)).sort()).toEqual(stay.sort())
})

it.each(['entries', 'find'] as const)('%s lists no records that were cleared meanwhile', async (method) => {
  const { records } = await bankOf(250, Date.now() + 60_000)
  let seen = 0
  for await (const _ of method === 'entries' ? records.entries() : records.find('user', 'ann')) {
    if (seen++ === 0) await records.clear()
  }
  expect(seen).toBeLessThanOrEqual(PAGE)
  expect(await records.count()).toBe(0)
})

it('a stream rejects if it is read after disconnect', async () => {
  const { bank, records } = await bankOf(250, Date.now() + 60_000)
  const stream = records.entries()[Symbol.asyncIterator]()
  await stream.next()
  await bank.disconnect()
  const rest = async () => {
    while (!(await stream.next()).done);
  }
  await expect(rest()).rejects.toMatchObject({ name: 'NotConnectedError' })
})
