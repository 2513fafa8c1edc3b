import { BankTimeoutError, Calls, Deadlines, OperationQueue } from '../src/index.ts'

const soon = () => new Promise((resolve) => setImmediate(resolve))

/** Returns a bank whose calls are answered when the test says so. */
function openGates(timeout: number) {
  const calls = new Calls({ database: 'the bank', timeout, failureOf: (error) => error as Error })
  const answers: (() => void)[] = []
  const write = (deadline: number) => {
    return calls.write(
      (call) => {
        call.sent = true
        return new Promise<void>((resolve) => answers.push(resolve))
      },
      { deadline },
    )
  }
  return { write, answers }
}

describe('the operations of one key', () => {
  it('run one after another, even if one fails, and those of other keys run concurrently', async () => {
    const queue = new OperationQueue()
    const deadlines = new Deadlines(1_000)
    const done: string[] = []
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const first = queue.run(
      'a',
      async () => {
        await gate
        done.push('first')
        throw new Error('it failed')
      },
      deadlines,
    )
    const second = queue.run('a', async () => done.push('second'), deadlines)
    await queue.run('b', async () => done.push('other'), deadlines)
    open()
    await expect(first).rejects.toThrow('it failed')
    await second
    expect(done).toEqual(['other', 'first', 'second'])
  })

  it('have separate timeouts, which start with their turns', async () => {
    const queue = new OperationQueue()
    const deadlines = new Deadlines(1_000)
    const given: number[] = []
    const operation = async (deadline: number) => {
      given.push(deadline - performance.now())
      const end = performance.now() + 2
      while (performance.now() < end) await soon()
    }
    await Promise.all(Array.from({ length: 50 }, () => queue.run('a', operation, deadlines)))
    expect(Math.min(...given)).toBeGreaterThan(900)
  })

  it('wait while the bank may still do the previous one, and time out without being sent', async () => {
    // Long enough for a busy machine to send the first write.
    const { write, answers } = openGates(500)
    const queue = new OperationQueue()
    const deadlines = new Deadlines(500)
    const later = jest.fn(async () => {})
    const stalled = queue.run('a', write, deadlines)
    const waiting = [1, 2, 3].map(() => queue.run('a', later, deadlines))
    await expect(stalled).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
    for (const operation of waiting) await expect(operation).rejects.toThrow(BankTimeoutError)
    expect(later).not.toHaveBeenCalled()
    answers[0]?.()
    await soon()
    await queue.run('a', later, deadlines)
    expect(later).toHaveBeenCalledTimes(1)
  })

  it('start when the bank has answered the previous one, if they have not timed out', async () => {
    const { write, answers } = openGates(50)
    const queue = new OperationQueue()
    const stalled = queue.run('a', write, new Deadlines(50))
    const waiting = queue.run('a', async () => 'done', new Deadlines(60_000))
    await expect(stalled).rejects.toThrow()
    answers[0]?.()
    expect(await waiting).toBe('done')
  })

  it('continue after ten timeouts without an answer, and the missing answer is reported', async () => {
    const abandoned = jest.fn()
    const { write } = openGates(5)
    const queue = new OperationQueue({ abandoned })
    const stalled = queue.run('a', write, new Deadlines(5))
    const waiting = queue.run('a', async () => 'done', new Deadlines(60_000))
    await expect(stalled).rejects.toThrow()
    expect(await waiting).toBe('done')
    expect(abandoned).toHaveBeenCalledTimes(1)
  })

  it('are refused if 10,000 are waiting already', async () => {
    const queue = new OperationQueue()
    const deadlines = new Deadlines(60_000)
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const all = Array.from({ length: 10_001 }, () => queue.run('a', () => gate, deadlines))
    await expect(queue.run('a', () => gate, deadlines)).rejects.toMatchObject({ code: 'SESSIONBANK_QUEUE_FULL' })
    open()
    await Promise.all(all)
  })
})
