import { setImmediate } from 'node:timers/promises'
import type { StoredRecord } from '@sessionbank/databank-kit'
import { eachRecord, sideBySide } from '../src/maintenance/side-by-side.ts'

const MANY = 5_000

async function* numbers(): AsyncGenerator<number> {
  for (let n = 0; n < MANY; n++) yield n
}

/** Counts the running calls. */
class Work {
  begun = 0
  underWay = 0
  most = 0

  async on(failing?: number, n?: number): Promise<void> {
    this.begun++
    this.most = Math.max(this.most, ++this.underWay)
    await setImmediate()
    if (n !== failing) await setImmediate()
    this.underWay--
    if (failing !== undefined && n === failing) throw new Error(`failed at ${n}`)
  }
}

describe('work side by side', () => {
  it('is done for each item, many at a time but never all', async () => {
    const work = new Work()
    await sideBySide(numbers(), () => work.on())
    expect(work).toMatchObject({ begun: MANY, underWay: 0 })
    expect(work.most).toBeGreaterThan(100)
    expect(work.most).toBeLessThan(MANY / 2)
  })

  it('is done for few large records at a time', async () => {
    const work = new Work()
    const json = 'x'.repeat(2 ** 20)
    const records = async function* (): AsyncGenerator<[string, StoredRecord]> {
      for (let n = 0; n < 100; n++) yield [`${n}`, { json, revision: '', expires: null }]
    }
    await eachRecord(records(), () => work.on())
    expect(work).toMatchObject({ begun: 100, underWay: 0 })
    expect(work.most).toBeGreaterThan(2)
    expect(work.most).toBeLessThan(20)
  })

  it('starts no more calls after one fails, and rejects when no call is running', async () => {
    const work = new Work()
    await expect(sideBySide(numbers(), (n) => work.on(7, n))).rejects.toThrow('failed at 7')
    expect(work.underWay).toBe(0)
    expect(work.begun).toBeLessThan(MANY / 2)
  })

  it('has ended when an error of its source is reported', async () => {
    const work = new Work()
    const broken = async function* () {
      for await (const n of numbers()) {
        if (n === 1_000) throw new Error('of the source')
        yield n
      }
    }
    await expect(sideBySide(broken(), () => work.on())).rejects.toThrow('of the source')
    expect(work.begun).toBeGreaterThan(0)
    expect(work.underWay).toBe(0)
  })
})
