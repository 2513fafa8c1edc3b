import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Call, Calls, type Failure, settledAfter } from '../src/index.ts'

const FAILURES: Record<string, Failure> = {
  refused: { outcome: 'refused', message: 'refused for now', isTransient: true },
  lost: { outcome: 'unknown', message: 'the connection was lost', isTransient: true },
}

const callsWithin = (timeout: number) =>
  new Calls({ database: 'a test', timeout, failureOf: (error) => FAILURES[(error as Error).message] as Failure })

describe('a call with a transient failure', () => {
  it('is retried if the database refused it, or if it is a read whose answer was lost', async () => {
    const calls = callsWithin(60_000)
    const outcomes = ['refused', 'lost', 'done']
    const read = async () => {
      const outcome = outcomes.shift() as string
      if (outcome !== 'done') throw new Error(outcome)
      return outcome
    }
    expect(await calls.read(read)).toBe('done')
  })

  it('is not retried if it is a write whose answer was lost', async () => {
    let tries = 0
    const write = callsWithin(60_000).write(async (call) => {
      tries++
      call.sent = true
      throw new Error('lost')
    })
    await expect(write).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
    expect(tries).toBe(1)
  })

  it('fails instead of having an unknown outcome if there is no time for another answer', async () => {
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

  it('rejects with OPERATION_FAILED, not TIMEOUT, if the last attempt was refused', async () => {
    let tries = 0
    const write = callsWithin(500).write(async (call) => {
      if (tries++ > 0) return new Promise(() => {})
      call.sent = true
      throw new Error('refused')
    })
    await expect(write).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED', message: 'refused for now' })
    expect(tries).toBe(2)
  })

  it('is not retried after the bank is closed, and fails with the refusal', async () => {
    const calls = callsWithin(60_000)
    let tries = 0
    const read = calls.read(async () => {
      tries++
      throw new Error('refused')
    })
    await new Promise((resolve) => setImmediate(resolve))
    await calls.close()
    await expect(read).rejects.toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED', message: 'refused for now' })
    expect(tries).toBe(1)
  })

  it('settles when the database answers late, even with the longest possible timeout', async () => {
    const calls = callsWithin(2 ** 31 - 1)
    let answer = () => {}
    const deadline = performance.now() + 20
    const write = (call: Call) => {
      call.sent = true
      return new Promise<void>((resolve) => {
        answer = resolve
      })
    }
    const error = await calls.write(write, { deadline }).catch((reason) => reason)
    await new Promise((resolve) => setTimeout(resolve, 20))
    answer()
    expect(await settledAfter(error)).toBe('answered')
  })
})

it('a call whose `finish` throws fails, and does not block others', async () => {
  const calls = new Calls({ database: 'a test', timeout: 20_000, failureOf: (error) => error as Error })
  const failure = new Error('no record')
  const finish = () => {
    throw failure
  }

  await expect(calls.read(async () => 'answer', undefined, finish)).rejects.toBe(failure)
  expect(calls.close()).toBeNull()
})

it('a background call does not keep the process alive while it waits for a retry', () => {
  const script = `
    const { Calls } = require('.')
    const failureOf = () => ({ outcome: 'unsent', message: 'not now', isTransient: true })
    const calls = new Calls({ database: 'a test', timeout: 60_000, failureOf })
    const fail = () => Promise.reject(new Error('not now'))
    calls.read(fail, { isBackground: true }).catch(() => {})
    process.on('exit', () => console.log('ended'))`
  const { stdout, status } = spawnSync(process.execPath, ['-e', script], {
    cwd: join(__dirname, '..'),
    encoding: 'utf8',
    timeout: 25_000,
  })
  expect({ stdout, status }).toEqual({ stdout: 'ended\n', status: 0 })
})
