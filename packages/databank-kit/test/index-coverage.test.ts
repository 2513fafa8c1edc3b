import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JournalDatabank } from '../../../examples/example-driver/src/journal-databank.ts'
import { JournalRecords } from '../../../examples/example-driver/src/journal-records.ts'
import { COVERAGE_TYPE, IndexCoverage } from '../src/index-coverage.ts'

const folder = mkdtempSync(join(tmpdir(), 'index-coverage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const INDEXED = { session: { pkey: 'sid', indices: ['user'] } }
let files = 0

/** A bank whose index has no entries for records that were written without it, like most databases. */
class Bank extends JournalDatabank {
  searches = 0

  protected override _records(type: string) {
    const bank = this
    const records = super._records(type)
    const { _candidates } = records as unknown as { _candidates: (...args: unknown[]) => unknown }
    return Object.assign(records, {
      _seesWholeIndexes: false,
      _candidates(...args: unknown[]) {
        bank.searches++
        return _candidates.apply(records, args)
      },
    })
  }
}

async function connected(path: string, schema = {}): Promise<Bank> {
  const bank = new Bank({ url: `journal:${path}`, schema })
  await bank.connect()
  return bank
}

const newPath = () => join(folder, String(files++))
const write = (bank: Bank, id: string, user: string) => {
  return bank.records('session').write(id, JSON.stringify({ sid: id, user }), { expires: null })
}

async function idsOf(bank: Bank, user: string): Promise<string[]> {
  const ids: string[] = []
  for await (const [id] of bank.records('session').find('user', user)) ids.push(id)
  return ids.sort()
}

describe('a search by an index', () => {
  it('uses an index that the bank had from the first record on, also in the next process', async () => {
    const path = newPath()
    const bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    expect(await idsOf(bank, 'ann')).toEqual(['a'])
    expect(bank.searches).toBe(1)
    await bank.disconnect()
    await using next = await connected(path, INDEXED)
    expect(await idsOf(next, 'ann')).toEqual(['a'])
    expect(next.searches).toBe(1)
  })

  it('reads all records of a bank that was used before', async () => {
    const path = newPath()
    const before = await connected(path)
    await write(before, 'a', 'ann')
    await before.disconnect()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'b', 'ann')
    expect(await idsOf(bank, 'ann')).toEqual(['a', 'b'])
    expect(bank.searches).toBe(0)
  })

  it('reads all records if the stored state of the index cannot be read, and no write fails', async () => {
    await using bank = await connected(newPath(), INDEXED)
    const marks = { read: () => Promise.reject(new Error('no rights')), write: () => Promise.reject(new Error('none')) }
    const records = bank.records.bind(bank)
    bank.records = (type) => (type === COVERAGE_TYPE ? (marks as never) : records(type))
    await write(bank, 'a', 'ann')
    expect(await idsOf(bank, 'ann')).toEqual(['a'])
    expect(bank.searches).toBe(0)
  })

  it('uses the index after it was marked as whole', async () => {
    const path = newPath()
    const before = await connected(path)
    await write(before, 'a', 'ann')
    await before.disconnect()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    await new IndexCoverage('session', ['user'], bank.records(COVERAGE_TYPE)).markWhole()
    expect(await idsOf(bank, 'ann')).toEqual(['a'])
    expect(bank.searches).toBe(1)
  })

  it('still uses the index of another field that was marked as whole before', async () => {
    await using bank = await connected(newPath(), INDEXED)
    const marks = bank.records(COVERAGE_TYPE)
    await new IndexCoverage('session', ['user'], marks).markWhole()
    await new IndexCoverage('session', ['plan'], marks).markWhole()
    expect(await new IndexCoverage('session', [], marks).wholeFields()).toEqual(['user', 'plan'])
  })

  it('reads all records for a field that was indexed later, but not for an older field', async () => {
    const path = newPath()
    const before = await connected(path, INDEXED)
    await write(before, 'a', 'ann')
    await before.disconnect()
    await using bank = await connected(path, { session: { pkey: 'sid', indices: ['user', 'plan'] } })
    await bank.records('session').write('b', '{"sid":"b","user":"ann","plan":"free"}', { expires: null })
    expect(await idsOf(bank, 'ann')).toEqual(['a', 'b'])
    expect(bank.searches).toBe(1)
    for await (const [id] of bank.records('session').find('plan', 'free')) expect(id).toBe('b')
    expect(bank.searches).toBe(1)
  })

  it('reads all records after a cleanup of a bank that has written without an index', async () => {
    const path = newPath()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    await using other = await connected(path)
    await write(other, 'b', 'ann')
    await other.records('session').deleteExpired(10)
    expect(await idsOf(bank, 'ann')).toEqual(['a', 'b'])
    expect(bank.searches).toBe(0)
  })

  it('reads all records after a cleanup of a bank without an index, even if the first cleanup failed', async () => {
    const path = newPath()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    await using other = await connected(path)
    await write(other, 'b', 'ann')
    const failing = jest.spyOn(IndexCoverage.prototype, 'wholeFields').mockRejectedValueOnce(new Error('away'))
    await other.records('session').deleteExpired(10)
    expect(failing).toHaveBeenCalledTimes(1)
    await other.records('session').deleteExpired(10)
    jest.restoreAllMocks()
    expect(await idsOf(bank, 'ann')).toEqual(['a', 'b'])
    expect(bank.searches).toBe(0)
  })

  it('still uses the index if a bank without it only cleans up, like a cron job', async () => {
    const path = newPath()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    await using other = await connected(path)
    await other.records('session').deleteExpired(10)
    expect(await idsOf(bank, 'ann')).toEqual(['a'])
    expect(bank.searches).toBe(1)
  })

  it('reads all records after a bank with another index has written', async () => {
    const path = newPath()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    await using other = await connected(path, { session: { pkey: 'sid', indices: ['plan'] } })
    await write(other, 'b', 'ann')
    expect(await idsOf(bank, 'ann')).toEqual(['a', 'b'])
    expect(bank.searches).toBe(0)
  })

  it('still uses the index after a write by a bank that has this index and others', async () => {
    const path = newPath()
    await using bank = await connected(path, INDEXED)
    await write(bank, 'a', 'ann')
    await using other = await connected(path, { session: { pkey: 'sid', indices: ['user', 'plan'] } })
    await write(other, 'b', 'ann')
    expect(await idsOf(bank, 'ann')).toEqual(['a', 'b'])
    expect(bank.searches).toBe(1)
  })

  it('reads all records if the check for older records takes too long', async () => {
    await using bank = await connected(newPath(), INDEXED)
    const records = bank.records('session')
    jest
      .spyOn(JournalRecords.prototype as unknown as { _page(from: unknown): Promise<object> }, '_page')
      .mockImplementation(async (from) => {
        await new Promise((resolve) => setTimeout(resolve, 60))
        return { records: [], next: Number(from ?? 0) + 1 }
      })
    await records.write('a', '{"sid":"a","user":"ann"}', { expires: null })
    jest.restoreAllMocks()
    expect(await idsOf(bank, 'ann')).toEqual(['a'])
    expect(bank.searches).toBe(0)
  })

  it('stores no state for a type without an index', async () => {
    await using bank = await connected(newPath())
    await write(bank, 'a', 'ann')
    const kept = []
    for await (const entry of bank.records(COVERAGE_TYPE).entries()) kept.push(entry)
    expect(kept).toEqual([])
  })
})
