import { promisify } from 'node:util'
import { NotConnectedError, type StoredRecord, Turns } from '../src/index.ts'
import { ReferenceDatabank, ReferenceRecords } from './reference-databank.ts'

/** A bank that takes several turns of the event loop for each write, like a database, so that writes overlap. */
class SlowDatabank extends ReferenceDatabank {
  refused = 0

  protected override _records(): ReferenceRecords {
    const bank = this
    return new (class extends ReferenceRecords {
      override async write(...call: Parameters<ReferenceRecords['write']>) {
        await new Promise((resolve) => setImmediate(resolve))
        const revision = await super.write(...call)
        if (revision === null) bank.refused++
        return revision
      }
    })(new Map<string, StoredRecord>())
  }
}

async function open(): Promise<SlowDatabank> {
  const bank = new SlowDatabank()
  await promisify(bank.connect.bind(bank))({})
  return bank
}

it('a thousand concurrent increments and appends of a value are each done once', async () => {
  const bank = await open()
  const [incr, append] = [promisify(bank.incr.bind(bank)), promisify(bank.append.bind(bank))]
  const all = Array.from({ length: 1_000 }, (_, n) => n)
  const counted = await Promise.all(all.map(() => incr('counter', 'a')))
  await Promise.all(all.map((n) => append('list', 'a', n)))
  expect(counted).toEqual(all.map((n) => n + 1))
  expect(await promisify(bank.read.bind(bank))('list', 'a')).toEqual(all)
  expect(bank.refused).toBe(0)
}, 60_000)

it('a failed change does not block the next', async () => {
  const bank = await open()
  await promisify(bank.save.bind(bank))('t', 'a', 'text')
  const [incr, save] = [promisify(bank.incr.bind(bank)), promisify(bank.save.bind(bank))]
  const failing = Promise.allSettled([incr('t', 'a'), incr('t', 'a')])
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await save('t', 'a', 1)
  expect(await incr('t', 'a')).toBe(2)
})

it('a change that waits for its turn when the bank is closed is refused', async () => {
  const bank = await open()
  const incr = promisify(bank.incr.bind(bank))
  const waiting = Promise.allSettled([incr('t', 'a'), incr('t', 'a')])
  await promisify(bank.disconnect.bind(bank))()
  expect((await waiting)[1]).toMatchObject({ status: 'rejected', reason: expect.any(NotConnectedError) })
})

it('tasks of one key run one after another, even if one fails, and those of other keys run concurrently', async () => {
  const turns = new Turns()
  const { promise: gate, resolve: openGate } = withResolvers()
  const done: string[] = []
  const first = turns.run('a', async () => {
    await gate
    done.push('first')
    throw new Error('it failed')
  })
  const second = turns.run('a', async () => done.push('second'))
  await turns.run('b', async () => done.push('other'))
  openGate()
  await expect(first).rejects.toThrow('it failed')
  await second
  expect(done).toEqual(['other', 'first', 'second'])
})

function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
