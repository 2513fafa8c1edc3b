import { HOUR, openClient, openStore } from './setup.ts'

const OPTIONS = { secure: true, sameSite: 'strict', domain: 'example.com', path: '/', maxAge: HOUR }
/** The attributes in @fastify/session's Set-Cookie for a session whose cookie comes entirely from these options. */
const FROM_OPTIONS = { secure: true, sameSite: 'strict', domain: 'example.com', path: '/', httpOnly: true }

/** Stores a session with this cookie. Returns a client that has its id. */
async function planted(cookie: object | undefined, options: object = OPTIONS) {
  const { store, bank } = await openStore({ ttl: false })
  await new Promise((resolve) => bank.save('session', 'a', { user: 'ann', cookie, sid: 'a' }, resolve))
  const client = openClient(store, options)
  client.become('a')
  const stored = () =>
    new Promise<{ cookie: Record<string, unknown> }>((resolve, reject) => {
      bank.read<{ cookie: Record<string, unknown> }>('session', 'a', (error, value) =>
        error ? reject(error) : resolve(value),
      )
    })
  return { store, client, stored }
}

describe('a stored session', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.UTC(2030, 0), doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'performance'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it.each([
    ['without a cookie', undefined],
    ['with an empty cookie', {}],
  ])("%s takes its cookie from the plugin's options, and keeps it", async (_, cookie) => {
    const { client, stored } = await planted(cookie)

    expect(await client((session) => session.user)).toBe('ann')

    const expires = new Date(Date.now() + HOUR)
    expect(client.attributes()).toMatchObject({ ...FROM_OPTIONS, expires })
    expect((await stored()).cookie).toMatchObject({
      ...FROM_OPTIONS,
      originalMaxAge: HOUR,
      expires: expires.toISOString(),
    })
  })

  it.each([
    ['a path', { path: '/shop' }],
    ['no httpOnly', { httpOnly: false }],
    ['another sameSite', { sameSite: 'lax', secure: false }],
    ['no expiry', { expires: null }],
    ['no age', { originalMaxAge: null }],
  ])("with only %s takes the rest from the plugin's options", async (_, cookie) => {
    const { client } = await planted(cookie)

    await client((session) => session.user)

    const end = 'expires' in cookie || 'originalMaxAge' in cookie ? null : new Date(Date.now() + HOUR)
    const { originalMaxAge: __, ...attributes } = { originalMaxAge: null, ...cookie }
    expect(client.attributes()).toMatchObject({ ...FROM_OPTIONS, expires: end, ...attributes })
  })

  it('with only a date keeps it for any maxAge in the options', async () => {
    const expires = new Date(Date.now() + 2 * HOUR)
    const { client, stored } = await planted({ expires: expires.toISOString() })

    await client((session) => session.user)

    expect(client.attributes()).toMatchObject({ ...FROM_OPTIONS, expires, originalMaxAge: null })
    expect((await stored()).cookie).toMatchObject({ expires: expires.toISOString(), originalMaxAge: null })
  })

  it.each([
    ['a session cookie', { originalMaxAge: null, expires: null }],
    ['an expiry', { originalMaxAge: 2 * HOUR, expires: new Date(Date.UTC(2030, 0) + 2 * HOUR).toISOString() }],
    ['another path', { originalMaxAge: null, expires: null, path: '/shop', httpOnly: false }],
  ])('with a complete cookie (%s) takes nothing from the options', async (_, cookie) => {
    const { client, stored } = await planted(cookie)

    await client((session) => session.user)

    const expires = cookie.expires && new Date(cookie.expires)
    const own = { path: '/', httpOnly: true, ...cookie, expires }
    expect(client.attributes()).toMatchObject({ domain: null, secure: null, sameSite: null, ...own })
    expect((await stored()).cookie).toEqual(cookie)
  })

  it("that a script saved without a cookie takes it from the plugin's options", async () => {
    const { store, client } = await planted(undefined)
    await store.set('b', { user: 'bob' })
    client.become('b')

    expect(await client((session) => session.user)).toBe('bob')

    expect(client.attributes()).toMatchObject({ ...FROM_OPTIONS, expires: new Date(Date.now() + HOUR) })
  })

  it.each([1e15, 8e15, 1e16])(
    'with an age of %p ms, beyond the range of a Set-Cookie, gets a session cookie',
    async (age) => {
      const expires = new Date(Date.now() + HOUR).toISOString()
      for (const times of [{ originalMaxAge: age, expires }, { maxAge: age }, { originalMaxAge: age }]) {
        const { client } = await planted({ user: 'ann', ...times })

        expect(await client((session) => session.user)).toBe('ann')

        const end = client.attributes()?.expires as Date | null
        expect(end === null || (end.getUTCFullYear() > 1600 && end.getUTCFullYear() < 10_000)).toBe(true)
        expect(await client((session) => session.user)).toBe('ann')
      }
    },
  )

  it('with an age far below 0 ends, as with -1 ms', async () => {
    const expires = new Date(Date.now() + HOUR).toISOString()
    for (const times of [{ originalMaxAge: -1e15, expires }, { originalMaxAge: -1e15 }]) {
      const { client, store } = await planted(times)
      await client((session) => session.user)

      expect(await client((session) => session.user)).toBeUndefined()
      expect(await store.get('a')).toBeNull()
    }
  })

  it.each(['+033658-09-27T01:46:40.000Z', 8.64e15, 1e20, 'never', {}, [[]], true])(
    'with an expires of %j can be used, and its stored cookie stays the same',
    async (expires) => {
      const cookie = { originalMaxAge: null, expires }
      const { client, stored } = await planted(cookie, { secure: false })

      for (let use = 0; use < 2; use++) expect(await client((session) => session.user)).toBe('ann')

      expect(client.attributes()).toMatchObject({ expires: null })
      expect((await stored()).cookie).toEqual(cookie)
    },
  )

  it.each([{ maxAge: 0 }, { originalMaxAge: 0 }])(
    'with an expires beyond the range of a Set-Cookie and %j can be used',
    async (age) => {
      const { client } = await planted({ originalMaxAge: null, expires: '+033658-09-27T01:46:40.000Z', ...age })

      for (let use = 0; use < 2; use++) expect(await client((session) => session.user)).toBe('ann')

      expect(client.attributes()).toMatchObject({ expires: null })
    },
  )
})

describe('a fixed expiry', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.UTC(2030, 0), doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'performance'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it.each([
    ['read', () => {}],
    ['changed', (session: { n?: unknown }) => Object.assign(session, { n: Math.random() })],
    ['regenerated', (session: { regenerate(keep: string[]): Promise<void> }) => session.regenerate(['user'])],
    ['given other options', (session: { options(options: object): void }) => session.options({ path: '/' })],
  ])('stays the same if the session is %s at each request', async (_, use) => {
    const { store } = await openStore()
    const client = openClient(store, { secure: false })
    await client((session) => {
      session.user = 'ann'
      session.cookie.expires = new Date(Date.now() + 3_000)
    })

    for (let request = 1; request <= 4; request++) {
      jest.setSystemTime(Date.now() + 700)
      expect(
        await client(async (session, current) => {
          await use(session as never)
          return current.session.user
        }),
      ).toBe('ann')
    }
    jest.setSystemTime(Date.now() + 201)

    expect(await client((session) => session.user)).toBeUndefined()
    expect(await store.length()).toBe(0)
  })
})
