import { inspect } from 'node:util'
import * as fc from 'fast-check'

const LONGEST_ID = 512

/** Lone surrogates, and the texts that UTF-8 makes of them: two ids must not become one. */
const ODD_IDS: unknown[] = [
  ...['', 'a', 'b', ' ', '\0', 'a\0', '\u001f', '\u007f', '\ud800', 'a\udc00', '\ufffd', 'a\ufffd', '\ufeff', '\uffff'],
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['prototype', '$where', '{"$ne":null}', '../a', 'a/b', "'; --", '*', 'h1:a', '123', '-0', 'NaN', '%00', '💥', 'A'],
  ...['x', 'é', '語', '💥'].flatMap((unit) => [LONGEST_ID, LONGEST_ID + 1].map((length) => cut(unit, length))),
  ...[undefined, null, 5, Number.NaN, true, 5n, Symbol('id'), [], ['a'], {}, { toString: () => 'a' }, () => 'a'],
]

/** Code units of all kinds, including lone surrogates. */
const units = fc.array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.integer({ min: 0xd800, max: 0xdfff })))
export const anyText = units.map((codes) => String.fromCharCode(...codes))

export const anyId = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ODD_IDS) }, { weight: 1, arbitrary: anyText })

/** Returns whether every bank must accept the id. A bank may refuse any other. */
export function mustBeKept(id: unknown): id is string {
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID || id in Object.prototype) return false
  return id.isWellFormed() && ![...id].some((letter) => letter < ' ' || letter === '\u007f')
}

const ODD_KEYS = ['a', 'b', '', '0', '__proto__', 'constructor', 'toString', 'toJSON', 'length', 'sid', '_bank', '$set']
const MORE_ODD_KEYS = [
  'a.b',
  '.',
  'a\0',
  '\ud800',
  '"',
  '\\',
  'cookie"',
  'expires',
  'json',
  '_id',
  'then',
  '💥',
  '\u2028',
]
export const anyKey = fc.oneof(fc.constantFrom(...ODD_KEYS, ...MORE_ODD_KEYS), anyText)

/** Values by name, created on each use, because fast-check would inspect a revoked proxy. */
const ODD_VALUES: Record<string, () => unknown> = {
  ...named([-0, 1e308, 5e-324, 2 ** 53, -(2 ** 63), 1e21, Number.NaN, Number.POSITIVE_INFINITY, 5n, undefined]),
  ...named([
    '\0',
    '\ud800',
    '\udc00\ud800',
    '\u2028',
    '"',
    '\\ud800',
    '\\',
    'null',
    'x'.repeat(5_000),
    '💥'.repeat(50),
  ]),
  ...named([{ $numberLong: '5' }, { _bsontype: 'ObjectId', id: 'a' }, { _bsontype: 'Double', value: 5 }, { $date: 5 }]),
  ...named([new Date(0), new Date(Number.NaN), /a/, new Map([[1, 2]]), new Set([1]), Buffer.from('a'), [[], {}]]),
  'a symbol': () => Symbol('value'),
  'a function': () => () => 5,
  'a toJSON that returns a number': () => ({ toJSON: () => 5 }),
  'a toJSON that returns nothing': () => ({ toJSON: () => undefined }),
  'a toJSON that throws': () => ({ toJSON: refuse }),
  'a getter that throws': () => throwing('a'),
  'a cookie that throws': () => throwing('cookie'),
  'a revoked proxy': () => revoked(),
  'a revoked cookie': () => ({ a: 1, cookie: revoked() }),
  'a proxy without keys': () => new Proxy({}, { ownKeys: refuse }),
  'a cycle': () => cyclic(),
  'an array with a hole': () => Object.assign([], { 1: 1 }),
  'an object without a prototype': () => Object.create(null),
  'an own __proto__': () => JSON.parse('{"__proto__":{"polluted":true}}'),
  'a constructor': () => JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
  '90 levels': () => nested(90),
  '1,900 levels': () => nested(1_900),
  '3,000 levels': () => nested(3_000),
  '100,000 levels': () => nested(100_000),
}

/** Stands for one of the odd values. */
class Odd {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  [fc.toStringMethod](): string {
    return `<${this.name}>`
  }
}

/** Replaces the placeholders in a generated value by the odd values. */
export function made(value: unknown): unknown {
  if (value instanceof Odd) return ODD_VALUES[value.name]?.()
  if (Array.isArray(value)) return value.map(made)
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return value
  const copy = {}
  for (const key of Object.keys(value)) define(copy, key, made((value as Record<string, unknown>)[key]))
  return copy
}

/** Sets an own key, whatever its name is. */
export function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

const oddValue = fc.constantFrom(...Object.keys(ODD_VALUES)).map((name) => new Odd(name))
export const anyValue = fc.oneof(
  oddValue,
  anyText,
  fc.anything({ key: anyKey, withBigInt: true, withDate: true, withNullPrototype: true }),
  fc.dictionary(anyKey, fc.oneof(oddValue, anyText), { maxKeys: 3 }),
)

/** The parts of a cookie that are not times; odd times have their own test. */
const cookies = fc.oneof(
  fc.constantFrom({}, { path: '/' }),
  fc.dictionary(anyKey, anyValue, { maxKeys: 2 }).map(({ expires: _, ...attributes }) => attributes),
)

/** A session that an app may save: mostly an object with a cookie. */
export const anySession = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.dictionary(anyKey, anyValue, { maxKeys: 4 }), cookies).map(withCookie) },
  { weight: 2, arbitrary: anyValue },
)

function withCookie([data, cookie]: [object, object]): object {
  define(data, 'cookie', cookie)
  return data
}

/** Criteria: mostly a plain object of scalars. */
const scalars = fc.oneof(anyText, fc.double(), fc.boolean(), fc.constantFrom(null, 5, 'a', '', 0, -0))
export const anyCriteria = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(anyKey, scalars, { minKeys: 1, maxKeys: 2 }) },
  { weight: 1, arbitrary: fc.dictionary(anyKey, anyValue, { maxKeys: 2 }) },
  { weight: 1, arbitrary: anyValue },
)

function named(values: unknown[]): Record<string, () => unknown> {
  return Object.fromEntries(values.map((value) => [inspect(value), () => value]))
}

function refuse(): never {
  throw new RangeError('no')
}

function throwing(key: string): object {
  return Object.defineProperty({ cookie: {} }, key, { enumerable: true, get: refuse })
}

/** Returns a proxy that throws on every access. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function cyclic(): object {
  const self: { self?: object } = {}
  self.self = self
  return self
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value }
  return value
}

function cut(unit: string, length: number): string {
  return unit.repeat(length).slice(0, length).toWellFormed()
}
