import { strict as assert } from 'node:assert'
import { LAST_DATE, parsedIfJson } from '@sessionbank/databank-kit'
import { FUZZ_TIMEOUT, fuzzRuns, inFull, mutationsOf } from '@sessionbank/test-servers'
import * as fc from 'fast-check'
import { Link } from '../src/adapter.ts'
import { UnreadableRecordError } from '../src/errors.ts'
import { foundSession } from '../src/found-session.ts'
import { type Fields, fieldsIn } from '../src/json-fields.ts'
import { changeOf, nextRecord } from '../src/next-record.ts'
import { settingsFrom } from '../src/options.ts'
import { dataFieldsIn, dataIn, recordText } from '../src/session-record.ts'
import { SessionStore } from '../src/session-store.ts'
import { snapshot } from '../src/snapshot.ts'
import { StoredIds } from '../src/stored-ids.ts'
import { loadedSession, toSession } from '../src/to-session.ts'
import { anyKey, anyText, define } from './hostile-values.ts'
import { openRecordsBank } from './records-bank.ts'
import { HOUR } from './setup.ts'

const SID = 'a "quoted" id'
const NOW = Date.UTC(2030, 0, 1)
const SETTINGS = { onConflict: 'merge', maxLifetime: false, touchAfter: 0, ttl: 1_000 } as const

const COOKIE = {
  originalMaxAge: 3_600_000,
  expires: new Date(NOW + 3_600_000).toISOString(),
  httpOnly: true,
  path: '/',
}
const DATA = '{"user":{"id":42,"tags":["a\\"b",-1.5e3,null]},"n":1,"__proto__":{"polluted":true},"é":"\\u005c"}'

/** Records of this version, and records that another program may have written. */
const RECORDS = [
  recordText(SID, DATA, COOKIE, NOW),
  recordText(SID, '{"sid":"mine"}', {}, null),
  ` {"_bank" : {"id":${JSON.stringify(SID)},"created":1,"expires":null}, "cookie":{"expires":5e12},"sid":5 } `,
]

const bytes = fc.oneof(
  fc.uint8Array().map((array) => String(Buffer.from(array))),
  anyText,
  fc.json(),
  fc
    .array(fc.constantFrom(...'{}[]",:\\ue19 \ud800', '"_bank":', '"cookie":', 'null', '{"a":'))
    .map((parts) => parts.join('')),
  fc
    .dictionary(fc.oneof(anyKey, fc.constantFrom('_bank', 'cookie', 'sid')), fc.jsonValue())
    .map((value) => JSON.stringify(value)),
)

/**
 * Reads a text as the bank's, changes a key and creates the next record, as a request does. Returns whether there is a
 * session.
 */
function isUsable(json: string): boolean {
  const opening = { now: NOW, policy: SETTINGS }
  const loaded = loadedSession(SID, { json, expires: NOW + 1_000, revision: 'r' }, opening)
  if (!loaded) return false
  const fields = dataFieldsIn(loaded.record)
  const { createdAt, lastUsedAt, expiresAt } = foundSession(
    { ...loaded, data: { ...loaded.data } },
    { now: () => NOW, settings: settingsFrom({}), ids: new StoredIds(false) },
  )
  for (const time of [createdAt, lastUsedAt, expiresAt]) time?.toISOString()
  assert.equal(textOf(fieldsIn(dataIn(loaded.record))), textOf(fields))
  const session = toSession(loaded)
  define(session, 'n', { added: true })
  const change = changeOf(loaded.record, { ...snapshot(session), renews: true })
  const next = nextRecord(loaded.record, change, { now: NOW, settings: SETTINGS })
  assert.equal(next.action, 'write')
  const written = loadedSession(SID, { json: next.record.text, expires: null, revision: 'r' }, opening)
  assert.ok(written, `${json} became ${next.action === 'write' && next.record.text}`)
  assert.equal(textOf(dataFieldsIn(written.record)), textOf(new Map(fields).set('n', '{"added":true}')))
  return true
}

function textOf(fields: Fields): string {
  return [...fields]
    .map(([key, text]) => `${key}: ${text}`)
    .sort()
    .join()
}

/** Checks that a record is read as JSON.parse reads it, or refused. Any other error fails the test. */
function isReadOrRefused(text: string): void {
  const value = parsedIfJson(text)
  const isSession = typeof value === 'object' && value !== null && !Array.isArray(value)
  try {
    assert.equal(isUsable(text), isSession, text)
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error
    assert.ok(Object.hasOwn(value as object, '_bank'), text)
  }
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
}

describe('a record that differs in one byte from a valid one', () => {
  /** Other mutations in each run, so that all are tried over time. */
  const SHARE = inFull ? 1 : 16
  const first = inFull ? 0 : Date.now() % SHARE

  it.each(RECORDS)(
    'is read as JSON.parse reads it, or refused with a SessionbankError: %s',
    (text) => {
      let n = first
      for (const mutation of mutationsOf(text)) if (n++ % SHARE === 0) isReadOrRefused(mutation)
      expect(n).toBeGreaterThan(10_000)
    },
    FUZZ_TIMEOUT,
  )
})

describe('a record of arbitrary bytes', () => {
  it(
    'is read as JSON.parse reads it, or refused with a SessionbankError',
    () => fc.assert(fc.property(bytes, isReadOrRefused), fuzzRuns(2_000, 10_000)),
    FUZZ_TIMEOUT,
  )
})

describe('a store that reads a damaged record', () => {
  const letters = Array.from('\0{"5', (letter) => Buffer.from(letter))
  const texts = fc.oneof(bytes, fc.constantFrom(...RECORDS.flatMap((text) => [...mutationsOf(text, letters)])))

  function kindOf(json: string): 'session' | 'damaged' | 'later version' {
    try {
      return isUsable(json) ? 'session' : 'damaged'
    } catch (error) {
      if (error instanceof UnreadableRecordError) return 'later version'
      throw error
    }
  }

  it(
    'emits one error event, and replaces the record by a save unless a later version wrote it',
    async () => {
      const bank = await openRecordsBank()
      const records = bank.records('session')
      const store = new SessionStore(bank, { cleanupInterval: false }, { component: 'test', now: () => NOW })
      const told: Error[] = []
      store.on('error', (error) => told.push(error))
      const property = fc.asyncProperty(
        texts,
        fc.constantFrom(null, Date.now() + HOUR, LAST_DATE),
        async (text, expires) => {
          told.length = 0
          const kind = kindOf(text)
          await records.write('a', text, { expires })
          const link = new Link()
          const session = await store.load('a', link)
          assert.deepEqual(
            told.map((error) => error.constructor),
            kind === 'session' ? [] : [UnreadableRecordError],
          )
          assert.equal((await store.all()).length, session ? 1 : 0)
          const error = await store
            .save('a', { n: 2, cookie: {} }, session ? link : undefined)
            .catch((failure) => failure)
          assert.equal(error instanceof UnreadableRecordError, kind === 'later version')
          if (kind !== 'later version') assert.equal((await store.load('a'))?.n, 2)
        },
      )
      await fc.assert(property, fuzzRuns(300, 1_000))
    },
    FUZZ_TIMEOUT,
  )
})
