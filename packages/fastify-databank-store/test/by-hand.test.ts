import { HOUR, openStore } from './setup.ts'

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

  it('does not come back by another save of the same object', async () => {
    const { store } = await openStore()
    const session = sessionOf({ user: 'ann' })
    await store.set('a', session)

    await store.destroy('a')
    await store.set('a', session)

    expect(await store.get('a')).toBeNull()
  })
})
