import { readFile } from 'node:fs/promises'
import { Deadlines } from '../src/index.ts'

const TIME_IS_UP = new Error('time is up')
const asItIs = (error: unknown) => error as Error
const deadlines = () => new Deadlines(50, () => TIME_IS_UP)

/** Keeps the event loop from everything else. */
function beBusy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('an operation that is bound to a deadline', () => {
  it('has its own outcome where it ends in time', async () => {
    const bound = deadlines()
    expect(await bound.bound(async () => 'done', bound.begin(), asItIs)).toBe('done')
    const failure = new Error('no')
    const explain = (error: unknown, sid?: string) => new Error(`${(error as Error).message} for ${sid}`)
    await expect(bound.bound(() => Promise.reject(failure), bound.begin(), explain, 'a')).rejects.toThrow('no for a')
  })

  it('is explained where it throws at once, too', async () => {
    const bound = deadlines()
    const explain = (error: unknown, sid?: string) => new Error(`${(error as Error).message} for ${sid}`)
    const throwing = () => {
      throw new Error('no')
    }
    await expect(bound.bound(throwing, bound.begin(), explain, 'a')).rejects.toThrow('no for a')
  })

  it('ends where its time is up, and those that wait on have theirs', async () => {
    const bound = deadlines()
    const silent = bound.bound(() => new Promise(() => {}), bound.begin(), asItIs)
    let answer = (_: string) => {}
    const slow = bound.bound(() => new Promise<string>((resolve) => (answer = resolve)), bound.begin() + 60_000, asItIs)
    await expect(silent).rejects.toBe(TIME_IS_UP)
    answer('late')
    expect(await slow).toBe('late')
  })

  it('is not begun at all behind it', async () => {
    const operation = jest.fn(async () => {})
    await expect(deadlines().bound(operation, performance.now() - 1, asItIs)).rejects.toBe(TIME_IS_UP)
    expect(operation).not.toHaveBeenCalled()
  })

  it('ends in real time, whatever timers and clocks a test has faked', async () => {
    jest.useFakeTimers()
    try {
      const bound = deadlines()
      await expect(bound.bound(() => new Promise(() => {}), bound.begin(), asItIs)).rejects.toBe(TIME_IS_UP)
    } finally {
      jest.useRealTimers()
    }
  })

  it('is still heard where the process itself was too busy to hear it in time', async () => {
    const bound = deadlines()
    const answer = bound.bound(() => readFile(__filename, 'utf8'), bound.begin(), asItIs)
    beBusy(500)
    expect(await answer).toContain('beBusy')
  })

  it('ends all the same where nothing is to be heard, however busy the process was', async () => {
    const bound = deadlines()
    const silent = bound.bound(() => new Promise(() => {}), bound.begin(), asItIs)
    const others = setInterval(() => beBusy(100), 1)
    await expect(silent).rejects.toBe(TIME_IS_UP)
    clearInterval(others)
  })
})
