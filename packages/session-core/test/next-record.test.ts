import * as fc from 'fast-check'
import type { SessionCookie } from '../src/cookie.ts'
import { changeOf, type NextRecord, newRecord, nextRecord } from '../src/next-record.ts'
import { recordText, type SessionRecord } from '../src/session-record.ts'
import { loadedSession } from '../src/to-session.ts'
import { cookie, HOUR, MINUTE } from './setup.ts'

const NOW = Date.UTC(2030, 0, 1)
const POLICY = { ttl: 24 * HOUR, maxLifetime: false as number | false }
const settings = (over: object = {}) => ({ ...POLICY, touchAfter: 0, onConflict: 'merge' as const, ...over })
const at = (now: number, over: object = {}) => ({ now, settings: settings(over) })

interface Stored {
  data?: object
  cookie?: SessionCookie
  created?: number | null
  expires?: number | null
  revision?: string
}

/** Returns a record as it was read at NOW. */
function record({ data = {}, cookie: held = {}, created = NOW, expires, revision = '1' }: Stored = {}): SessionRecord {
  const json = recordText('a', JSON.stringify(data), held, created)
  const end = expires === undefined ? NOW + 24 * HOUR : expires
  return loadedSession('a', { json, revision, expires: end }, { now: NOW, policy: POLICY })?.record as SessionRecord
}

/** Returns the change of a request that has loaded `base`. */
function change(base: SessionRecord, data: object | null, held: SessionCookie = base.shown, renews = true) {
  return changeOf(base, { data: data && JSON.stringify(data), cookie: held, renews })
}

function dataIn(next: NextRecord): unknown {
  if (next.action !== 'write') throw new Error(`it is to be a write, not ${next.action}`)
  const { cookie: _cookie, sid: _sid, _bank, ...data } = JSON.parse(next.record.text)
  return data
}

describe('a request that changed nothing', () => {
  const base = record({ data: { n: 1 }, cookie: cookie(HOUR, NOW), expires: NOW + HOUR })

  it('touches the record and restarts its life', () => {
    const later = NOW + MINUTE
    expect(nextRecord(base, change(base, { n: 1 }), at(later))).toMatchObject({
      action: 'touch',
      record: { expires: later + HOUR },
      extend: true,
    })
  })

  it('touches a record that another request changed, with the life of the cookie that is stored now', () => {
    const theirs = record({ data: { n: 2 }, cookie: cookie(2 * HOUR, NOW), expires: NOW + 2 * HOUR, revision: '2' })
    expect(nextRecord(theirs, change(base, { n: 1 }), at(NOW + MINUTE))).toMatchObject({
      action: 'touch',
      record: { expires: NOW + MINUTE + 2 * HOUR },
    })
  })

  it('does nothing if the expiry would move by less than touchAfter', () => {
    const next = nextRecord(base, change(base, null), at(NOW + MINUTE - 1, { touchAfter: MINUTE }))
    expect(next).toEqual({ action: 'nothing' })
  })

  it('writes the unchanged record with its stored expiry in an update()', () => {
    const next = nextRecord(base, change(base, { n: 1 }, base.shown, false), at(NOW + MINUTE))
    expect(next).toMatchObject({ action: 'write', record: { expires: NOW + HOUR } })
    expect(dataIn(next)).toEqual({ n: 1 })
  })

  it('writes a missing creation time if maxLifetime needs it', () => {
    const old = record({ data: { n: 1 }, created: null })
    const next = nextRecord(old, change(old, null), at(NOW + MINUTE, { maxLifetime: HOUR }))
    expect(next).toMatchObject({
      action: 'write',
      extend: false,
      record: { created: NOW + MINUTE, expires: NOW + MINUTE + HOUR },
    })
    expect(dataIn(next)).toEqual({ n: 1 })
  })
})

describe('a request that changed keys', () => {
  const base = record({ data: { n: 1, gone: 1 } })

  it('writes its data if no other request has written', () => {
    expect(dataIn(nextRecord(base, change(base, { n: 2 }), at(NOW)))).toEqual({ n: 2 })
  })

  it('writes its keys over those that another request stored', () => {
    const theirs = record({ data: { n: 5, gone: 2, new: 1 }, revision: '2' })
    expect(dataIn(nextRecord(theirs, change(base, { n: 1, mine: 1 }), at(NOW)))).toEqual({ n: 5, new: 1, mine: 1 })
  })

  it('writes all of its keys with "overwrite"', () => {
    const theirs = record({ data: { n: 5, new: 1 }, revision: '2' })
    const next = nextRecord(theirs, change(base, { n: 1, mine: 1 }), at(NOW, { onConflict: 'overwrite' }))
    expect(dataIn(next)).toEqual({ n: 1, mine: 1 })
  })

  it('keeps the keys that its framework cannot hold, even with "overwrite"', () => {
    const hidden = record({ data: { n: 1, save: 'hidden' } })
    const isReserved = (key: string) => key === 'save'
    const wanted = { data: JSON.stringify({ n: 2 }), cookie: hidden.shown, renews: true }
    for (const onConflict of ['merge', 'overwrite'] as const) {
      const next = nextRecord(hidden, changeOf(hidden, wanted, isReserved), at(NOW, { onConflict }))
      expect(dataIn(next)).toEqual({ n: 2, save: 'hidden' })
    }
  })

  it('keeps the texts of all other keys unchanged', () => {
    const json = '{"n": 12345678901234567890, "x": 1.0, "cookie": {}, "sid": "a"}'
    const stored = { json, revision: '1', expires: null }
    const odd = loadedSession('a', stored, { now: NOW, policy: POLICY })?.record as SessionRecord
    const next = nextRecord(odd, change(odd, { n: Number('12345678901234567890'), x: 2 }), at(NOW))
    expect(next).toMatchObject({
      action: 'write',
      record: { text: expect.stringContaining('"n":12345678901234567890,"x":2,') },
    })
  })
})

describe('a request that chose another cookie', () => {
  const base = record({ data: { n: 1 }, cookie: cookie(HOUR, NOW), expires: NOW + HOUR })

  it('writes the cookie with the stored data, and may shorten the life', () => {
    const theirs = record({ data: { n: 2 }, cookie: cookie(HOUR, NOW), expires: NOW + HOUR, revision: '2' })
    const next = nextRecord(theirs, change(base, { n: 1 }, cookie(MINUTE, NOW)), at(NOW))
    expect(next).toMatchObject({ action: 'write', extend: false, record: { expires: NOW + MINUTE } })
    expect(dataIn(next)).toEqual({ n: 2 })
  })

  it('cannot exceed maxLifetime', () => {
    const next = nextRecord(base, change(base, null, cookie(9 * HOUR, NOW)), at(NOW, { maxLifetime: 2 * HOUR }))
    expect(next).toMatchObject({ action: 'write', record: { expires: NOW + 2 * HOUR } })
  })
})

describe('any decision', () => {
  const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'sid', '__proto__'), fc.jsonValue({ maxDepth: 1 }))
  const held = fc.constantFrom({}, cookie(HOUR, NOW), cookie(MINUTE, NOW), { expires: new Date(NOW + HOUR) })
  const life = fc.constantFrom(null, NOW + MINUTE, NOW + HOUR, NOW + 30 * HOUR)
  const limit = fc.constantFrom(false as const, HOUR, 50 * HOUR)

  it('keeps the creation time, and never exceeds maxLifetime', () => {
    fc.assert(
      fc.property(
        data,
        data,
        held,
        held,
        life,
        limit,
        fc.boolean(),
        (was, is, before, after, expires, maxLifetime, renews) => {
          const base = record({ data: was, cookie: before, expires })
          const next = nextRecord(base, change(base, is, after, renews), at(NOW + 1, { maxLifetime }))
          if (next.action === 'write') expect(next.record.created).toBe(NOW)
          const end = next.action === 'nothing' ? undefined : next.record.expires
          if (maxLifetime !== false && end !== undefined) expect(end).toBeLessThanOrEqual(NOW + maxLifetime)
        },
      ),
    )
  })

  it('has the same result for two requests in either order', () => {
    fc.assert(
      fc.property(data, data, data, (was, mine, theirs) => {
        const base = record({ data: was })
        const [one, two] = [change(base, mine), change(base, theirs)]
        fc.pre(!one.keys.some((key) => two.keys.includes(key)))
        const after = (first: typeof one, second: typeof two) => {
          const written = nextRecord(base, first, at(NOW))
          const stored = written.action === 'write' ? { ...written.record, version: { revision: '2' } } : base
          const last = nextRecord(stored, second, at(NOW))
          return JSON.parse((last.action === 'write' ? last.record : stored).text)
        }
        expect(after(one, two)).toEqual(after(two, one))
      }),
    )
  })

  it("writes a record that is read back unchanged, including the app's key sid", () => {
    fc.assert(
      fc.property(data, fc.constantFrom('a', 'b', 'c'), (mine, sid) => {
        const { text, expires } = newRecord(sid, { data: JSON.stringify(mine), cookie: {} }, at(NOW))
        const loaded = loadedSession(sid, { json: text, revision: '1', expires }, { now: NOW, policy: POLICY })
        expect(new Map(Object.entries(loaded?.data ?? {}))).toEqual(
          new Map(Object.entries(JSON.parse(JSON.stringify(mine)))),
        )
      }),
    )
  })
})
