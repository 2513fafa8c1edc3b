import { HOUR, openClient, openStore } from './setup.ts'

const sessionOf = (data: object) => ({
  ...data,
  cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR) },
})

/** Uses the store as a script does, without the framework. */
describe('a session that a script loads or saves', () => {
  it('is merged with the changes that others made since it was loaded', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const [ours, theirs] = [await store.get('a'), await store.get('a')]

    await store.set('a', Object.assign(ours as object, { color: 'red' }))
    await store.set('a', Object.assign(theirs as object, { size: 'L' }))

    expect(await store.get('a')).toMatchObject({ user: 'ann', color: 'red', size: 'L' })
  })

  it.each(['toJSON', '__proto__'])('is merged, even if its cookie has a key %s', async (key) => {
    const { bank, store } = await openStore()
    const cookie = `{"originalMaxAge":${HOUR},"expires":null,"${key}":{"a":1}}`
    await bank.records?.('session').write('a', `{"user":"ann","cookie":${cookie},"sid":"a"}`, { expires: null })
    const clients = [openClient(store), openClient(store)]
    for (const client of clients) client.become('a')

    await Promise.all(
      clients.map((client, n) =>
        client((session) => {
          session[`key${n}`] = n
        }),
      ),
    )

    expect(await store.get('a')).toMatchObject({ user: 'ann', key0: 0, key1: 1 })
  })

  it('can be saved with a copy of the cookie that keeps its class', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const { cookie, ...data } = (await store.get('a')) as { cookie: object }
    const copy = Object.assign(Object.create(Object.getPrototypeOf(cookie)), cookie)

    expect(JSON.parse(JSON.stringify(copy))).toMatchObject({ originalMaxAge: HOUR })
    await store.set('a', { ...data, color: 'red', cookie: copy })
    expect(await store.get('a')).toMatchObject({ user: 'ann', color: 'red' })
  })

  it('does not come back by another save of the same object', async () => {
    const { store } = await openStore()
    const session = sessionOf({ user: 'ann' })
    await store.set('a', session)

    await store.destroy('a')
    await store.set('a', session)

    expect(await store.get('a')).toBeNull()
  })
})
