import { BankTimeoutError, backOff, Calls, CallsOfATick } from '../src/index.ts'

describe('under the fake timers of a test runner', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })
  const calls = () => new Calls({ database: 'a bank', timeout: 30, failureOf: (error) => error as Error })

  it('a call without an answer still times out', async () => {
    await expect(calls().read(() => new Promise(() => {}))).rejects.toBeInstanceOf(BankTimeoutError)
  })

  it('the calls of a tick are still sent', async () => {
    const together = new CallsOfATick<string, string>({
      most: 2,
      send: (part) => {
        for (const one of part) one.resolve(one.request)
      },
    })
    expect(await calls().read((call) => together.add('sent', call))).toBe('sent')
  })

  it('a pause before a retry still ends', async () => {
    await backOff(1)
  })
})
