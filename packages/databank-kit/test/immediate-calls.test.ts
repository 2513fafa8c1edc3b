import { ImmediateCalls, nextTurn, OperationError, settle } from '../src/index.ts'

const failureOf = () => ({ outcome: 'unknown' as const, message: 'it failed' })
const calls = () => new ImmediateCalls({ database: 'a bank', timeout: 1_000, failureOf })

describe('an immediate call', () => {
  it('is done when the method returns, without a timer', async () => {
    const setTimer = jest.spyOn(require('node:timers'), 'setTimeout')
    const done: string[] = []
    const write = calls().write(async () => void done.push('write'))
    const read = calls().read(
      async () => done.push('read'),
      { deadline: 0 },
      (count) => count * 10,
    )
    expect(done).toEqual(['write', 'read'])
    expect(await Promise.all([write, read])).toEqual([undefined, 20])
    expect(setTimer).not.toHaveBeenCalled()
    setTimer.mockRestore()
  })

  it('fails with a known outcome if it throws, even if a write was started', async () => {
    const failed = calls().write((call) => {
      call.sent = true
      throw new Error('a value')
    })
    await expect(failed).rejects.toThrow(OperationError)
    await expect(failed).rejects.toThrow(/^it failed$/)
  })

  it('is refused after the bank is closed', async () => {
    const closed = calls()
    closed.close()
    for (const call of [closed.read(async () => 1), closed.write(async () => 1), closed.immediate(() => 1)]) {
      await expect(call).rejects.toMatchObject({ name: 'NotConnectedError' })
    }
  })
})

describe('under the fake timers of a test runner', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it('nextTurn still resolves', async () => {
    await nextTurn()
  })

  it('settle still calls its callback', async () => {
    expect(await new Promise((resolve) => settle(Promise.resolve(5), (_, value) => resolve(value)))).toBe(5)
  })
})
