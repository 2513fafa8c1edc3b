import { readFile } from 'node:fs/promises'
import { Deadlines } from '../src/index.ts'

const TIME_IS_UP = new Error('time is up')

/** A call that ends 50 ms from now, or at the given time. */
function call(deadline = performance.now() + 50) {
  return { deadline }
}

const bound = <T>(operation: () => Promise<T>, ends = call()) =>
  new Deadlines(50).bound(operation, ends, () => TIME_IS_UP)

/** Blocks the event loop. */
function beBusy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('an operation with a deadline', () => {
  it('settles as its function does if that ends in time', async () => {
    expect(await bound(async () => 'done')).toBe('done')
    await expect(bound(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  it('rejects if it throws synchronously', async () => {
    const throwing = () => {
      throw new Error('no')
    }
    await expect(bound(throwing)).rejects.toThrow('no')
  })

  it('ends at its own deadline, while others continue', async () => {
    const deadlines = new Deadlines(50)
    const silent = deadlines.bound(
      () => new Promise(() => {}),
      call(),
      () => TIME_IS_UP,
    )
    let answer = (_: string) => {}
    const slow = deadlines.bound(
      () => new Promise<string>((resolve) => (answer = resolve)),
      call(performance.now() + 60_000),
      () => TIME_IS_UP,
    )
    await expect(silent).rejects.toBe(TIME_IS_UP)
    answer('late')
    expect(await slow).toBe('late')
  })

  it('gets more time if its deadline is moved while it runs', async () => {
    const moving = call()
    const answer = bound(() => new Promise((resolve) => setTimeout(resolve, 100, 'done')), moving)
    moving.deadline += 60_000
    expect(await answer).toBe('done')
  })

  it('is not started after its deadline', async () => {
    const operation = jest.fn(async () => {})
    await expect(bound(operation, call(performance.now() - 1))).rejects.toBe(TIME_IS_UP)
    expect(operation).not.toHaveBeenCalled()
  })

  it('ends in real time, even if a test fakes timers and clocks', async () => {
    const ends = call()
    jest.useFakeTimers()
    try {
      await expect(bound(() => new Promise(() => {}), ends)).rejects.toBe(TIME_IS_UP)
    } finally {
      jest.useRealTimers()
    }
  })

  it('can still succeed if the event loop was blocked until its deadline', async () => {
    const answer = bound(() => readFile(__filename, 'utf8'))
    beBusy(500)
    expect(await answer).toContain('beBusy')
  })

  it('is extended by at most its timeout after the process was suspended', async () => {
    const deadlines = new Deadlines(50)
    const ended: string[] = []
    const silent = (name: string, deadline: number) =>
      deadlines.bound(
        () => new Promise(() => {}),
        { deadline },
        () => {
          ended.push(name)
          return TIME_IS_UP
        },
      )
    const before = silent('begun before', performance.now() + 50)
    beBusy(3_000)
    const after = silent('begun after', performance.now() + 2_000)
    await Promise.allSettled([before, after])
    expect(ended).toEqual(['begun before', 'begun after'])
  })

  it('ends if there is no answer, even if the event loop is busy', async () => {
    const silent = bound(() => new Promise(() => {}))
    const others = setInterval(() => beBusy(100), 1)
    await expect(silent).rejects.toBe(TIME_IS_UP)
    clearInterval(others)
  })
})
