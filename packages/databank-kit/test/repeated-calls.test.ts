import { Calls, type Failure } from '../src/index.ts'

const FAILURES: Record<string, Failure> = {
  refused: { outcome: 'refused', message: 'refused for now', isTransient: true },
  lost: { outcome: 'unknown', message: 'the connection was lost', isTransient: true },
}

const callsWithin = (timeout: number) =>
  new Calls({ database: 'a test', timeout, failureOf: (error) => FAILURES[(error as Error).message] as Failure })

describe('a call that failed for now', () => {
  it('is sent again if the database refused it, and if it is a read whose answer was lost', async () => {
    const calls = callsWithin(60_000)
    const outcomes = ['refused', 'lost', 'done']
    const read = async () => {
      const outcome = outcomes.shift() as string
      if (outcome !== 'done') throw new Error(outcome)
      return outcome
    }
    expect(await calls.read(read)).toBe('done')
  })

  it('is not sent again if it is a write whose answer was lost', async () => {
    let tries = 0
    const write = callsWithin(60_000).write(async (call) => {
      tries++
      call.sent = true
      throw new Error('lost')
    })
    await expect(write).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
    expect(tries).toBe(1)
  })

  it('has failed, rather than an unknown outcome, if the last refusal leaves no time for another answer', async () => {
    let tries = 0
    const write = callsWithin(1_000).write(async (call) => {
      tries++
      call.sent = true
      await new Promise((resolve) => setTimeout(resolve, 600))
      throw new Error('refused')
    })
    await expect(write).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED', message: 'refused for now' })
    expect(tries).toBe(1)
  })

  it('has failed, rather than run out of time, if nothing was sent since its last refusal', async () => {
    let tries = 0
    const write = callsWithin(500).write(async (call) => {
      if (tries++ > 0) return new Promise(() => {})
      call.sent = true
      throw new Error('refused')
    })
    await expect(write).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED', message: 'refused for now' })
    expect(tries).toBe(2)
  })
})
