import { tracingChannel } from 'node:diagnostics_channel'
import { EventEmitter, once } from 'node:events'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { Link } from '../src/adapter.ts'
import { SessionStore } from '../src/index.ts'
import { openStore } from './setup.ts'

const ID = 'canary-id'
const CONTENT = 'canary-content'
const KEY = 'canary-key'

/**
 * Returns an error as a driver of a third party may throw it: with its command, its document and its server's message.
 */
function quotingError(): Error {
  return Object.assign(new Error(`cannot do SET ${ID} ${CONTENT}`, { cause: new Error(CONTENT) }), {
    code: 'EQUOTES',
    detail: `Key (id)=(${ID}) is there`,
    command: { name: 'SET', args: [ID, CONTENT] },
  })
}

/** Opens a store on a plain databank that quotes its arguments when it fails. */
async function openQuoting(options = {}) {
  const opened = await openStore(options)
  const fail = (...args: unknown[]) => (args.at(-1) as (error: Error) => void)(quotingError())
  Object.assign(opened.bank, { read: fail, save: fail, del: fail, scan: fail })
  const { store } = opened
  const session = { word: CONTENT, cookie: {} }
  const operations: Record<string, () => Promise<unknown>> = {
    load: () => store.load(ID),
    save: () => store.save(ID, session, new Link()),
    touch: () => store.touch(ID, session),
    destroy: () => store.destroy(ID),
    update: () => store.update(ID, () => {}),
    all: () => store.all(),
    length: () => store.length(),
    clear: () => store.clear(),
    find: () => store.find({ word: CONTENT }),
    destroyWhere: () => store.destroyWhere({ word: CONTENT }),
    cleanup: () => store.cleanup(),
  }
  return { ...opened, operations }
}

const NAMES = [
  'load',
  'save',
  'touch',
  'destroy',
  'update',
  'all',
  'length',
  'clear',
  'find',
  'destroyWhere',
  'cleanup',
]

describe("if a third party's databank quotes ids and contents", () => {
  it.each(NAMES)('the error of %s shows only its class and code', async (name) => {
    const { operations } = await openQuoting()
    const error = await operations[name]?.().catch((failure) => failure)
    expect(error).toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('failed with Error EQUOTES'),
      cause: { code: 'EQUOTES', stack: expect.stringContaining('secrets.test.ts') },
    })
    assertHides(error, ID, CONTENT)
  })

  it.each(['load', 'save', 'touch', 'destroy'])('the tracing channel of %s shows neither', async (name) => {
    const { operations } = await openQuoting()
    const told: unknown[] = []
    const onError = (context: object) => void told.push((context as { error: unknown }).error)
    const channel = tracingChannel(`sessionbank:${name}`)
    const subscriber = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error: onError }
    channel.subscribe(subscriber)
    await operations[name]?.().catch(() => {})
    channel.unsubscribe(subscriber)
    expect(told).toHaveLength(1)
    for (const error of told) assertHides(error, ID, CONTENT)
  })

  it('the error event of a sweep and the log show neither', async () => {
    const { bank } = await openQuoting()
    const listening = new SessionStore(bank, { cleanupInterval: 1 }, { component: 'test' })
    const [error] = await once(listening, 'error').catch((failure) => [failure])
    await listening.close()
    assertHides(error, ID, CONTENT)
    const lines = new EventEmitter()
    const log = { debug() {}, error: (...line: unknown[]) => lines.emit('line', ...line) }
    const logging = new SessionStore(bank, { cleanupInterval: 1, log }, { component: 'test' })
    const [fields, message] = await once(lines, 'line')
    await logging.close()
    assertHides(fields.err, ID, CONTENT)
    expect(message).toBe(fields.err.message)
  })
})

describe('a session that JSON cannot hold', () => {
  const circular: Record<string, unknown> = { word: CONTENT }
  circular[KEY] = circular

  it.each([
    ['holds itself', { [KEY]: circular }, 'Converting circular structure to JSON'],
    ['holds a BigInt', { word: CONTENT, [KEY]: 1n }, 'Do not know how to serialize a BigInt'],
  ])('is refused without quoting its content if it %s', async (_, data, reason) => {
    const { store } = await openStore()
    const error = await store.save(ID, { ...data, cookie: {} }).catch((failure) => failure)
    expect(error).toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION',
      message: expect.stringContaining(reason),
      key: KEY,
    })
    assertHides(error, ID, CONTENT, KEY)
  })

  it.each([
    ['a toJSON', { odd: { toJSON: quote } }],
    ['a getter', Object.defineProperty({}, 'odd', { enumerable: true, get: quote })],
    ['a cookie', { cookie: { toJSON: quote } }],
  ])('is refused without quoting the error if %s throws, and the error is the cause', async (_, data) => {
    const { store } = await openStore()
    const session = Object.defineProperties({ cookie: {} }, Object.getOwnPropertyDescriptors(data))
    const error = await store.save(ID, session).catch((failure) => failure)
    expect(error).toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION',
      message: expect.stringMatching(/threw RangeError|cannot be read/),
    })
    expect(error.cause).toBe(THROWN)
    expect(error.message).not.toContain(CONTENT)
  })
})

const THROWN = new RangeError(CONTENT)

function quote(): never {
  throw THROWN
}
