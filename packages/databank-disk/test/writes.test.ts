import { statfsSync } from 'node:fs'
import { Writes } from '../src/writes.ts'
import { temporaryDirectory } from './fixtures.ts'

jest.mock('node:fs', () => ({ ...jest.requireActual('node:fs'), statfsSync: jest.fn() }))

const MIB = 1024 * 1024
const withFree = (bytes: number) =>
  jest.mocked(statfsSync).mockReturnValue({ bavail: bytes / 4096, bsize: 4096 } as never)
beforeEach(() => void withFree(1024 * MIB))

const FULL = Object.assign(new Error('No space left on device'), { code: 28 })

/** A failed commit, as lmdb tells of it: the reason comes by a second promise, and may come later. */
function failedCommit(): Promise<never> {
  const reason = new Promise<never>((_, reject) => setTimeout(reject, 20, FULL))
  return Promise.reject(Object.assign(new Error('Commit failed'), { commitError: reason }))
}

async function failing(): Promise<Writes> {
  const writes = new Writes(temporaryDirectory())
  await expect(writes.run(failedCommit)).rejects.toBe(FULL)
  return writes
}

describe('after a write that failed', () => {
  it('one write is tried at a time, and the others share its reason', async () => {
    const writes = await failing()
    const write = jest.fn(failedCommit)
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => writes.run(write)))
    expect(write).toHaveBeenCalledTimes(1)
    for (const result of results) expect(result).toEqual({ status: 'rejected', reason: FULL })
  })

  it('all writes go on once one succeeds', async () => {
    const writes = await failing()
    const write = jest.fn(async () => true)
    expect(await Promise.all(Array.from({ length: 50 }, () => writes.run(write)))).toEqual(Array(50).fill(true))
    expect(write).toHaveBeenCalledTimes(50)
  })

  it('a write that comes too late harms no other', async () => {
    const writes = await failing()
    const late = () => {
      throw new Error('too late')
    }
    await expect(writes.run(late)).rejects.toThrow('too late')
    expect(await writes.run(async () => true)).toBe(true)
  })

  it('what makes room does not wait for the others', async () => {
    const writes = await failing()
    const order: string[] = []
    const noted = (name: string) => async () => order.push(name) > 0
    await Promise.all([writes.run(noted('save')), writes.runNow(noted('removal'))])
    expect(order).toEqual(['removal', 'save'])
  })
})

describe('where little space is free', () => {
  it('one write follows another, as some may fail', async () => {
    withFree(63 * MIB)
    const writes = new Writes(temporaryDirectory())
    let underWay = 0
    const most: number[] = []
    const write = async () => {
      most.push(++underWay)
      await new Promise(setImmediate)
      return underWay-- > 0
    }
    expect(await Promise.all(Array.from({ length: 5 }, () => writes.run(write)))).toEqual(Array(5).fill(true))
    expect(Math.max(...most)).toBe(1)
  })

  it('those behind a write that fails share its reason', async () => {
    withFree(0)
    const writes = new Writes(temporaryDirectory())
    const write = jest.fn(failedCommit)
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => writes.run(write)))
    expect(write.mock.calls.length).toBeLessThanOrEqual(2)
    for (const result of results) expect(result).toEqual({ status: 'rejected', reason: FULL })
  })

  it('the others go together where there is more of it', async () => {
    withFree(65 * MIB)
    const writes = new Writes(temporaryDirectory())
    const write = jest.fn(() => new Promise<boolean>(() => {}))
    for (let n = 0; n < 5; n++) void writes.run(write)
    expect(write).toHaveBeenCalledTimes(5)
  })
})
