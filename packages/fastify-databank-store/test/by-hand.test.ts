import { HOUR, openStore } from './setup.ts'

const sessionOf = (data: object) => ({
  ...data,
  cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR) },
})

/** A script that uses the store without the framework. */
describe('a session by hand', () => {
  it('that was read is saved on top of what others wrote meanwhile', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const [ours, theirs] = [await store.get('a'), await store.get('a')]

    await store.set('a', Object.assign(ours as object, { color: 'red' }))
    await store.set('a', Object.assign(theirs as object, { size: 'L' }))

    expect(await store.get('a')).toMatchObject({ user: 'ann', color: 'red', size: 'L' })
  })

  it('that has ended does not come back by another save of its object', async () => {
    const { store } = await openStore()
    const session = sessionOf({ user: 'ann' })
    await store.set('a', session)

    await store.destroy('a')
    await store.set('a', session)

    expect(await store.get('a')).toBeNull()
  })
})
