import { ReferenceDatabank, ReferenceRecords } from './reference-databank.ts'

/** A bank in which another process changes a value between each read and write. */
class ContendedDatabank extends ReferenceDatabank {
  writes = 0
  protected override _records(): ReferenceRecords {
    const write = async () => {
      this.writes++
      return null
    }
    return Object.assign(new ReferenceRecords(new Map()), { write })
  }
}

afterEach(() => jest.restoreAllMocks())

it('a read-modify-write that always conflicts is retried, and fails with ConflictError', async () => {
  const bank = new ContendedDatabank()
  await bank.connect()
  const start = performance.now()
  let seconds = 0
  jest.spyOn(performance, 'now').mockImplementation(() => start + seconds++ * 4_000)

  const error = await new Promise((resolve) => bank.incr('counter', 'a', resolve))

  expect(error).toMatchObject({ code: 'SESSIONBANK_CONFLICT', message: expect.not.stringContaining('"a"') })
  expect(bank.writes).toBeGreaterThan(1)
})
