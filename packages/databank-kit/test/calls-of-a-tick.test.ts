import { Call, Calls, CallsOfATick, type GatheredCall } from '../src/index.ts'

type Sent = GatheredCall<string, string>

const nextTick = () => new Promise((resolve) => setImmediate(resolve))
const callEndingIn = (ms: number) => new Call(performance.now() + ms, ms, false)

describe('calls of a tick', () => {
  let parts: Sent[][]
  let calls: CallsOfATick<string, string>
  beforeEach(() => {
    parts = []
    calls = new CallsOfATick({ most: 3, send: (part) => parts.push(part) })
  })
  const add = (request: string, id?: string, call = callEndingIn(60_000)) => calls.add(request, call, id)
  const requests = () => parts.map((part) => part.map(({ request }) => request))

  it('are sent together, in parts of limited size', async () => {
    for (const request of ['a', 'b', 'c', 'd']) add(request)
    expect(parts).toEqual([])
    await nextTick()
    add('e')
    await nextTick()
    expect(requests()).toEqual([['a', 'b', 'c'], ['d'], ['e']])
  })

  it('are sent when the driver flushes them', async () => {
    const flushes: (() => void)[] = []
    const held = new CallsOfATick<string, string>({
      most: 3,
      send: (part) => parts.push(part),
      defer: (flush) => flushes.push(flush),
    })
    for (const request of ['a', 'b']) held.add(request, callEndingIn(60_000))
    await nextTick()
    expect([requests(), flushes.length]).toEqual([[], 1])
    flushes[0]?.()
    expect(requests()).toEqual([['a', 'b']])
  })

  it('are sent in two parts if the driver says so; the second part includes later calls', async () => {
    const divided = new CallsOfATick<string, string>({
      most: 3,
      send: (part) => parts.push(part),
      now: (count) => (parts.length === 0 ? 1 : count),
    })
    for (const request of ['a', 'b']) divided.add(request, callEndingIn(60_000))
    await nextTick()
    expect(requests()).toEqual([['a']])
    for (const request of ['c', 'd']) divided.add(request, callEndingIn(60_000))
    for (let turn = 0; turn < 3; turn++) await nextTick()
    expect(requests()).toEqual([['a'], ['b', 'c', 'd']])
  })

  it('have separate outcomes', async () => {
    const outcomes = Promise.allSettled([add('a'), add('b')])
    await nextTick()
    const [a, b] = parts[0] as [Sent, Sent]
    b.reject(new Error('refused'))
    a.resolve('done')
    expect(await outcomes).toEqual([
      { status: 'fulfilled', value: 'done' },
      { status: 'rejected', reason: new Error('refused') },
    ])
  })

  it('are sent one after another if they have the same id, even if one fails', async () => {
    const first = add('first', 'id').catch(() => {})
    add('other', 'another id')
    add('second', 'id')
    add('third', 'id')
    await nextTick()
    expect(requests()).toEqual([['first', 'other']])
    parts[0]?.[0]?.reject(new Error('refused'))
    await first
    await nextTick()
    expect(requests()).toEqual([['first', 'other'], ['second']])
    parts[1]?.[0]?.resolve('done')
    await nextTick()
    await nextTick()
    expect(requests()).toEqual([['first', 'other'], ['second'], ['third']])
  })

  it('continue after a call with the same id that timed out', async () => {
    const first = add('first', 'id')
    await nextTick()
    const late = callEndingIn(60_000)
    const second = add('second', 'id', late).catch((error) => error)
    add('third', 'id')
    late.isOver = true
    parts[0]?.[0]?.resolve('done')
    await first
    for (let turn = 0; turn < 3; turn++) await nextTick()
    expect(await second).toBeInstanceOf(Error)
    expect(requests()).toEqual([['first'], ['third']])
  })

  it('are not sent if their deadline has passed', async () => {
    const late = add('late', undefined, callEndingIn(-1)).catch((error) => error)
    const answered = callEndingIn(60_000)
    const over = add('over', undefined, answered).catch((error) => error)
    answered.isOver = true
    add('in time')
    await nextTick()
    expect(requests()).toEqual([['in time']])
    expect([await late, await over]).toEqual([expect.any(Error), expect.any(Error)])
  })
})

describe('a call whose deadline has passed', () => {
  it('is over, and its driver is notified', async () => {
    const calls = new Calls({ database: 'the bank', timeout: 20, failureOf: (error) => error as Error })
    const isOver = await new Promise<boolean>((resolve) => {
      const stalled = calls.write((call) => {
        call.sent = true
        call.onTimeout = () => resolve(call.isOver)
        return new Promise(() => {})
      })
      stalled.catch(() => {})
    })
    expect(isOver).toBe(true)
  })
})
