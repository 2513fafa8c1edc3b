import { inspect } from 'node:util'
import { safeCause, whyNotJson } from '../src/index.ts'

const SECRET = 'canary'

function fail(): never {
  throw new Error(SECRET)
}

/** Returns everything that a log could show. */
function shown(error: unknown): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })
}

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('it threw nothing')
}

describe('a safe cause', () => {
  it.each<[string, unknown]>([
    ['its message', new Error(SECRET)],
    ['its message of several lines', new Error(`first\n    at ${SECRET} (a.js:1:1)\nlast`)],
    ['its name', Object.assign(new Error(), { name: SECRET })],
    ['its code', Object.assign(new Error(), { code: SECRET })],
    ['a property', Object.assign(new Error(), { detail: SECRET, command: { args: [SECRET] } })],
    ['a system field that is not text', Object.assign(new Error(), { address: { toString: () => SECRET } })],
    ['a message that was changed later', Object.assign(new Error(`    at ${SECRET} (a.js:1:1)`), { message: '?' })],
    ['a cause', new Error('a', { cause: new Error(SECRET, { cause: new Error(SECRET) }) })],
    ['nested errors', new AggregateError([new Error(SECRET)], SECRET)],
    ['a getter that throws', Object.defineProperty(new Error(), 'code', { get: fail })],
    ['a value that is not an error', SECRET],
    ['an object that is not an error', { message: SECRET, stack: SECRET }],
    ['the error of a parser', thrownBy(() => JSON.parse(SECRET))],
  ])('shows nothing of %s', (_, error) => {
    expect(safeCause(error)).toBeInstanceOf(Error)
    expect(shown(safeCause(error, 'table'))).not.toContain(SECRET)
  })

  it("shows the class, the code and the system's fields, also of causes", () => {
    const refused = Object.assign(new Error(), { code: 'ECONNREFUSED', syscall: 'connect', address: '::1', port: 1 })
    const error = Object.assign(new TypeError(SECRET, { cause: refused }), { code: 7, table: 'sessions' })
    expect(safeCause(error, 'table')).toMatchObject({
      name: 'TypeError',
      message: 'TypeError 7',
      code: 7,
      table: 'sessions',
      cause: { message: 'Error ECONNREFUSED', code: 'ECONNREFUSED', syscall: 'connect', address: '::1', port: 1 },
    })
  })

  it('shows the stack', () => {
    expect(safeCause(new Error(SECRET))?.stack).toMatch(/^Error\n {4}at .*safe-cause\.test\.ts/)
  })

  it('is undefined if there is no error', () => {
    expect(safeCause(undefined)).toBeUndefined()
    expect(safeCause(null)).toBeUndefined()
  })
})

describe('the reason why a value is not JSON', () => {
  it('is the message of JSON.stringify itself', () => {
    const circular: Record<string, unknown> = { word: SECRET }
    circular.self = circular
    expect(whyNotJson(thrownBy(() => JSON.stringify(circular)))).toBe('Converting circular structure to JSON')
    expect(whyNotJson(thrownBy(() => JSON.stringify(1n)))).toBe('Do not know how to serialize a BigInt')
  })

  it('is the class of an error that the app throws', () => {
    expect(whyNotJson(thrownBy(() => JSON.stringify({ toJSON: fail })))).toBe('its toJSON() or a getter threw Error')
    expect(whyNotJson(new RangeError(SECRET))).toBe('its toJSON() or a getter threw RangeError')
  })
})
