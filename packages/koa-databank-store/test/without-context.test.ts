import { contextWith, HOUR, openStore } from './setup.ts'

const later = () => ({ _expire: Date.now() + HOUR, _maxAge: HOUR })

/** Scripts and tests of apps call the store outside of a request. */
describe('without a ctx', () => {
  it('get returns a session, and null if there is none', async () => {
    const { store } = await openStore()
    const times = later()
    await store.set('a', { user: 'ann', ...times })

    expect(await store.get('a')).toEqual({ user: 'ann', ...times })
    expect(await store.get('nobody')).toBeNull()
  })

  it('set replaces the whole session, if there is one', async () => {
    const { store } = await openStore()
    await store.set('a', { user: 'ann', gone: true, ...later() })

    await store.set('a', { user: 'bob', ...later() })

    expect(await store.get('a')).toMatchObject({ user: 'bob' })
    expect(await store.get('a')).not.toHaveProperty('gone')
  })

  it('destroy ends a session if there is one, and running requests do not bring it back', async () => {
    const { store } = await openStore()
    await store.set('a', { user: 'ann', ...later() })
    const ctx = contextWith()
    const session = await store.get('a', HOUR, { ctx })

    await store.destroy('a')
    await store.destroy('a')
    await store.set('a', { ...session, late: true, ...later() }, HOUR, { ctx })

    expect(await store.get('a')).toBeNull()
  })

  it('a failed call whose promise is ignored causes no unhandled rejection', async () => {
    const { store } = await openStore()
    const unhandled = jest.fn()
    process.on('unhandledRejection', unhandled)

    store.set('', { _session: true })
    store.set('a', { n: 1n, _session: true })
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))

    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('with a ctx', () => {
  it('two requests merge their changes', async () => {
    const { store } = await openStore()
    await store.set('a', { user: 'ann', ...later() })
    const [one, other] = [contextWith(), contextWith()]
    const [ours, theirs] = [await store.get('a', HOUR, { ctx: one }), await store.get('a', HOUR, { ctx: other })]

    await store.set('a', { ...ours, color: 'red', ...later() }, HOUR, { ctx: one })
    await store.set('a', { ...theirs, size: 'L', ...later() }, HOUR, { ctx: other })

    expect(await store.get('a')).toMatchObject({ user: 'ann', color: 'red', size: 'L' })
  })

  it('a request may end its session and start another with the same id', async () => {
    const { store } = await openStore()
    await store.set('a', { user: 'ann', ...later() })
    const ctx = contextWith()
    await store.get('a', HOUR, { ctx })

    await store.destroy('a', { ctx })
    await store.set('a', { user: 'bob', ...later() }, HOUR, { ctx })

    expect(await store.get('a')).toMatchObject({ user: 'bob' })
  })

  it('a request may use several sessions independently', async () => {
    const { store } = await openStore()
    await store.set('a', { user: 'ann', ...later() })
    await store.set('b', { user: 'bob', ...later() })
    const ctx = contextWith()
    const [a, b] = [await store.get('a', HOUR, { ctx }), await store.get('b', HOUR, { ctx })]

    await store.destroy('a')
    await store.set('b', { ...b, n: 1, ...later() }, HOUR, { ctx })
    await store.set('a', { ...a, n: 1, ...later() }, HOUR, { ctx })

    expect(await store.get('a')).toBeNull()
    expect(await store.get('b')).toMatchObject({ user: 'bob', n: 1 })
  })
})
