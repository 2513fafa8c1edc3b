import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { forEachFramework, useApp } from '../frameworks.ts'

const LONGEST = 512

/** Ids that a client sends in cookies with a valid signature. */
const IDS = [
  '',
  ' ',
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'nobody',
  '../../etc/passwd',
  '{"$ne":null}',
  '$where',
  'a.b.c',
  'a:b',
  'a\0b',
  'a\nb',
  '%00',
  "'; drop table session; --",
  '💥',
  'é'.repeat(LONGEST),
  'x'.repeat(LONGEST),
  'x'.repeat(LONGEST + 1),
  'x'.repeat(3_000),
].map((id) => [id.length > 40 ? `${id.slice(0, 3)}… (${id.length})` : JSON.stringify(id), id] as const)

/** Keys that some framework cannot show, because its session object has a member of that name. */
const AWKWARD_KEYS = [
  ...['id', 'req', 'touch', 'resetMaxAge', 'reload', 'save', 'destroy', 'regenerate', 'isModified', 'isSaved'],
  ...['_x', '_expire', '_maxAge', '_session', '_requireSave', 'length', 'populated', 'externalKey', 'isNew', 'maxAge'],
  ...['commit', 'manuallyCommit', 'toJSON', 'inspect', 'sessionId', 'encryptedSessionId', 'get', 'set', 'options'],
  ...['constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'then', '$set', 'a.b', '', '0'],
]

/** Input from clients can be anything. */
export function hostileClients(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const app = useApp(stage, framework)

    it.each(IDS)('does not accept the session id %s, so that clients cannot choose ids', async (_, id) => {
      const client = new Client(app()).forge(app().cookieFor(id))

      expect(await client.send('me')).toBeNull()
      const { sid } = await client.send('login', { user: 'ann' })

      expect(sid).not.toBe(id)
      expect(await client.send('me')).toBe('ann')
      const again = new Client(app()).forge(app().cookieFor(id))
      expect(await again.send('me')).toBeNull()
    })

    it('accepts a logout with a forged session id', async () => {
      for (const [, id] of IDS) {
        const client = new Client(app()).forge(app().cookieFor(id))
        expect((await client.request('logout')).status).toBe(200)
      }
    })

    it('survives malformed cookies', async () => {
      const [name] = app().cookieFor('x').split('=')
      for (const value of ['', '%', '%E0%A4%A', 's:', 's:.', '.', '.sig', '[object Object]', '"', 'x'.repeat(4_000)]) {
        expect(await new Client(app()).forge(`${name}=${value}`).send('me')).toBeNull()
      }
    })

    it('pollutes no prototype with the keys of a session', async () => {
      const hostile = '{"polluted":true}'
      const session = `{"user":"ann","__proto__":${hostile},"constructor":{"prototype":${hostile}},"deep":{"__proto__":${hostile}}`
      const { client, sid } = await stage.login(app())
      await stage.plant(sid, `${session},"cookie":{"originalMaxAge":null,"path":"/"},"sid":"${sid}"}`)
      const seen = await stage.start(framework, {
        routes: { polluted: ({ data }) => [(data as { polluted?: boolean }).polluted ?? null, data.user] },
      })

      expect(await client.at(seen).send('polluted')).toEqual([null, 'ann'])
      await client.send('set', { values: { a: 1 } })
      await client.send('visit')

      expect(await client.at(seen).send('polluted')).toEqual([null, 'ann'])
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
      const { json } = (await stage.record(sid)) as { json: string }
      expect(JSON.parse(json)).toMatchObject({ a: 1, visits: 1 })
      expect(JSON.parse(json)).toEqual(expect.objectContaining({ deep: JSON.parse(`{"__proto__":${hostile}}`) }))
      expect(Object.getOwnPropertyDescriptor(JSON.parse(json), '__proto__')?.value).toEqual({ polluted: true })
      expect(JSON.parse(json).constructor).toEqual({ prototype: { polluted: true } })
    })

    it('serves a session with keys that the framework cannot show, and keeps them', async () => {
      const { client, sid } = await stage.login(app())
      const awkward = Object.fromEntries(AWKWARD_KEYS.map((key, index) => [key, { kept: index }]))
      const cookie = { originalMaxAge: 3_600_000, expires: new Date(Date.now() + 3_600_000).toISOString(), path: '/' }
      await stage.plant(sid, { user: 'ann', ...awkward, cookie, sid })

      expect(await client.send('me')).toBe('ann')
      await client.send('set', { values: { a: 1 } })
      await client.send('remember', { maxAge: 7_200_000 })
      await client.send('saveNow', { values: { b: 2 } })
      expect(await client.send('visit')).toBe(1)

      const {
        cookie: after,
        _bank: _,
        ...session
      } = (await stage.stored(sid)) as { cookie: { originalMaxAge: number }; _bank?: object }
      expect(session).toEqual({ user: 'ann', ...awkward, a: 1, b: 2, visits: 1, sid: stage.idOf(sid) })
      // Express computes it from a date, with a running clock
      expect(after.originalMaxAge / 1_000).toBeCloseTo(7_200, 0)
      await client.send('logout')
      expect(await stage.stored(sid)).toBeNull()
    })
  })
}
