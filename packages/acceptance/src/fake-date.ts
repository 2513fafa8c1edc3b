/** Fakes only `Date`, which the frameworks and stores use, so that timers still run. */
export function useFakeDate(): { advance(ms: number): void } {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: EVERYTHING_ELSE })
  })
  afterEach(() => {
    jest.useRealTimers()
  })
  return {
    advance(ms) {
      jest.setSystemTime(Date.now() + ms)
    },
  }
}

const EVERYTHING_ELSE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const satisfies readonly string[] as never
