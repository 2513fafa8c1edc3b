import { Writes } from '../src/writes.ts'

const FULL = Object.assign(new Error('No space left on device'), { code: 28 })

/** A failed commit, as lmdb tells of it: the reason comes by a second promise, and may come later. */
function failedCommit(): Promise<never> {
  const reason = new Promise<never>((_, reject) => setTimeout(reject, 20, FULL))
  return Promise.reject(Object.assign(new Error('Commit failed'), { commitError: reason }))
}

async function failing(): Promise<Writes> {
  const writes = new Writes()
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
