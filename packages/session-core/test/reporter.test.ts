import { SessionStore } from '../src/index.ts'
import { openStore, request } from './setup.ts'

type Store = Awaited<ReturnType<typeof openStore>>['store']
type Place = 'the error event' | 'the log' | 'a warning'

const PLACES: Place[] = ['the error event', 'the log', 'a warning']

/** Opens a store whose reports go to one place, and collects them. */
async function openReporting(place: Place, options = {}) {
  const reports: unknown[] = []
  const log = { debug: () => {}, error: ({ err }: { err?: unknown }) => reports.push(err) }
  const opened = await openStore(place === 'the log' ? { ...options, log } : options)
  if (place === 'the error event') opened.store.on('error', (error) => reports.push(error))
  const warnings = collectWarnings()
  return { ...opened, reports: place === 'a warning' ? warnings : reports, warnings }
}

/** Collects the warnings of this process from now on, instead of printing them. */
function collectWarnings(): unknown[] {
  const warnings: unknown[] = []
  jest.spyOn(process, 'emitWarning').mockImplementation(((message: string, options: object) => {
    warnings.push({ message, ...options })
  }) as never)
  return warnings
}

/** Returns the calls of a callback after its promise and all reports have settled. */
async function callsOf(store: Store, promise: Promise<unknown>, callback: (...outcome: unknown[]) => unknown) {
  const spy = jest.fn(callback)
  store.answer(promise, spy)
  await promise.catch(() => {})
  await new Promise((resolve) => setImmediate(resolve))
  return spy.mock.calls
}

afterEach(() => jest.restoreAllMocks())

describe.each(PLACES)('a report to %s', (place) => {
  it.each([
    ['a result', Promise.resolve(5), [null, 5]],
    ['no result', Promise.resolve(), [null]],
    ['an error', Promise.reject(new Error('of the bank')), [expect.objectContaining({ message: 'of the bank' })]],
  ])('contains an error that a callback throws after %s; the callback is called once', async (_, promise, told) => {
    promise.catch(() => {})
    const { store, reports } = await openReporting(place)

    const calls = await callsOf(store, promise, () => fail('thrown by the app'))

    expect(calls).toEqual([told])
    expect(reports).toEqual([expect.objectContaining({ message: expect.stringContaining('thrown by the app') })])
  })

  it('contains the rejection of an async callback', async () => {
    const { store, reports } = await openReporting(place)

    await callsOf(store, Promise.resolve(), async () => fail('rejected by the app'))

    expect(reports).toEqual([expect.objectContaining({ message: expect.stringContaining('rejected by the app') })])
  })

  it.each([
    ['a text', 'a text'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ word: 'secret' }, 'object'],
  ])('contains an Error instead of a thrown %p', async (thrown, message) => {
    const { store, reports } = await openReporting(place)

    await callsOf(store, Promise.resolve(), () => {
      throw thrown
    })

    expect(reports).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })])
    expect(String((reports[0] as Error).message)).not.toContain('secret')
  })

  it('contains the errors of listeners, and the operations that emitted the events succeed', async () => {
    const { store, reports } = await openReporting(place)
    for (const event of ['merged', 'dropped', 'cleanup'] as const) store.on(event, () => fail(`thrown at ${event}`))

    await store.save('a', { n: 1, cookie: {} })
    const [one, other] = [await request(store, 'a'), await request(store, 'a')]
    Object.assign(one.session, { x: 1 })
    Object.assign(other.session, { y: 1 })
    await Promise.all([one.save(), other.save()])
    await store.destroy('a')
    Object.assign(one.session, { x: 2 })
    await one.save()
    await store.cleanup()

    expect(reports).toEqual(
      ['merged', 'dropped', 'cleanup'].map((event) => {
        return expect.objectContaining({ message: expect.stringContaining(`thrown at ${event}`) })
      }),
    )
  })

  it('contains the rejection of an async listener, and the other listeners are called too', async () => {
    const { store, reports } = await openReporting(place)
    const heard = jest.fn()
    store.on('cleanup', async () => fail('rejected by the app'))
    store.once('cleanup', () => fail('thrown by the app'))
    store.on('cleanup', heard)

    for (let i = 0; i < 2; i++) await store.cleanup()
    await new Promise((resolve) => setImmediate(resolve))

    expect(heard).toHaveBeenCalledTimes(2)
    const of = (how: string) => expect.objectContaining({ message: expect.stringContaining(`${how} by the app`) })
    expect(reports).toHaveLength(3)
    expect(reports).toEqual(expect.arrayContaining([of('rejected'), of('thrown')]))
  })

  it('contains the error of a cleanup by timer', async () => {
    const { bank, store, reports } = await openReporting(place, { cleanupInterval: 1 })
    await new Promise((resolve) => bank.disconnect(resolve))

    while (reports.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await store.close()

    expect(reports[0]).toMatchObject({ code: 'SESSIONBANK_NOT_CONNECTED' })
  })

  it('contains the error about a damaged record', async () => {
    const { bank, store, reports } = await openReporting(place)
    await new Promise((resolve) => bank.save('session', 'damaged', 'no session', resolve))

    expect(await store.load('damaged')).toBeNull()

    expect(reports).toEqual([expect.objectContaining({ code: 'SESSIONBANK_UNREADABLE' })])
  })
})

describe('a warning', () => {
  it('names the store, says what to do, and contains the stack of the error', async () => {
    const { store, warnings } = await openReporting('a warning')

    await callsOf(store, Promise.resolve(), () => fail('thrown by the app'))

    expect(warnings).toEqual([
      {
        message: expect.stringMatching(/^test: thrown by the app \(.*"error" event.*"log" option\)$/),
        type: 'SessionbankWarning',
        detail: expect.stringMatching(/^Error: thrown by the app\n *at fail /),
      },
    ])
  })

  it('about a damaged record is shown once per store, but an error event is emitted each time', async () => {
    const { bank, store, warnings } = await openReporting('a warning')
    await new Promise((resolve) => bank.save('session', 'damaged', 'no session', resolve))
    for (let i = 0; i < 3; i++) await store.load('damaged')
    const other = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    await other.load('damaged')

    expect(warnings).toMatchObject([
      { code: 'SESSIONBANK_UNREADABLE' },
      { code: 'SESSIONBANK_UNREADABLE', message: expect.stringMatching(/^session-core: /) },
    ])

    const heard = jest.fn()
    store.on('error', heard)
    for (let i = 0; i < 3; i++) await store.load('damaged')
    expect(heard).toHaveBeenCalledTimes(3)
  })
})

describe('an error listener that throws', () => {
  it('is not called with its own error; both errors become warnings', async () => {
    const { store, warnings } = await openReporting('a warning')
    const listener = jest.fn(() => fail('thrown by the listener'))
    store.on('error', listener)

    await callsOf(store, Promise.resolve(), () => fail('thrown by the callback'))

    expect(listener).toHaveBeenCalledTimes(1)
    expect(warnings).toMatchObject([
      { message: expect.stringContaining('thrown by the callback') },
      { message: expect.stringContaining('thrown by the listener') },
    ])
  })

  it('may be async', async () => {
    const { store, warnings } = await openReporting('a warning')
    store.on('error', async () => fail('rejected by the listener'))

    await callsOf(store, Promise.resolve(), () => fail('thrown by the callback'))

    expect(warnings).toMatchObject([
      { message: expect.stringContaining('thrown by the callback') },
      { message: expect.stringContaining('rejected by the listener') },
    ])
  })

  it('causes one warning if it throws the error that it got', async () => {
    const { store, warnings } = await openReporting('a warning')
    store.on('error', (error) => {
      throw error
    })

    await callsOf(store, Promise.resolve(), () => fail('thrown by the callback'))

    expect(warnings).toHaveLength(1)
  })
})

it('the error of a log becomes a warning, as does the error that could not be logged', async () => {
  const { store } = await openStore({ log: { debug: () => {}, error: () => fail('thrown by the log') } })
  const warnings = collectWarnings()

  await callsOf(store, Promise.resolve(), () => fail('thrown by the callback'))

  expect(warnings).toMatchObject([
    { message: expect.stringContaining('thrown by the callback') },
    { message: expect.stringContaining('thrown by the log') },
  ])
})

function fail(why: string): never {
  throw new Error(why)
}
