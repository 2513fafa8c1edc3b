import { SessionStore } from '../src/index.ts'
import { openRecordsBank, textIn } from './records-bank.ts'
import { request } from './setup.ts'

/** A record as another program writes it: with spaces, and a number that JavaScript cannot represent. */
const TEXT = '{"user": "ann", "n": 12345678901234567890, "cookie": {"path": "/"}, "sid": "a"}'

async function openWith(text = TEXT) {
  const bank = await openRecordsBank()
  await bank.records('session').write('a', text, { expires: null })
  return { bank, store: new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, ttl: false }) }
}

describe('a key that a request deleted', () => {
  // connect-databank, and databases that order keys, put the cookie in any position.
  it.each([
    '{"cookie":{"path":"/"},"user":"ann","sid":"a"}',
    '{"kept":1,"cookie":{"path":"/"},"user":"ann","sid":"a"}',
    '{"kept":1,"cookie":{"path":"/"},"sid":"a","user":"ann"}',
    '{"kept":1,"cookie":{"path":"/"},"user":{"cookie":{}},"sid":"a"}',
    '{"user":"ann","kept":1,"cookie":{"path":"/"},"sid":"a"}',
  ])('is removed from any position: %s', async (text) => {
    const { bank, store } = await openWith(text)
    const { session, save } = await request(store, 'a')
    delete session.user
    await save()
    expect(JSON.parse(String(await textIn(bank, 'a')))).not.toHaveProperty('user')
  })
})

describe('the text of a record by another program', () => {
  it('is unchanged after a save without changes', async () => {
    const { bank, store } = await openWith()
    await (await request(store, 'a')).save()
    expect(await textIn(bank, 'a')).toBe(TEXT)
  })

  it('is unchanged in each key that a save did not change', async () => {
    const { bank, store } = await openWith()
    const { session, save } = await request(store, 'a')
    session.user = 'bob'
    await save()
    expect(await textIn(bank, 'a')).toMatch(/"n": ?12345678901234567890\b/)
    expect(await store.load('a')).toMatchObject({ user: 'bob' })
  })

  it('is unchanged in each key that neither of two merged requests changed', async () => {
    const { bank, store } = await openWith()
    const [one, other] = [await request(store, 'a'), await request(store, 'a')]
    one.session.one = 1
    other.session.other = 2
    await one.save()
    await other.save()
    expect(await textIn(bank, 'a')).toMatch(/"n": ?12345678901234567890\b/)
    expect(await store.load('a')).toMatchObject({ user: 'ann', one: 1, other: 2 })
  })

  it('is unchanged in each key that an update() did not change', async () => {
    const { bank, store } = await openWith()
    await store.update('a', (session) => void Object.assign(session, { user: 'bob' }))
    expect(await textIn(bank, 'a')).toMatch(/"n": ?12345678901234567890\b/)
    expect(await store.load('a')).toMatchObject({ user: 'bob' })
  })

  it('is kept and read as JSON.parse reads it, even with repeated keys, escapes and __proto__', async () => {
    const text = String.raw`{"a": 1, "a": 2.0, "\u0062": 3.0, "__proto__": {"x": 4.0}, "c": "\u00e4", "cookie": {}, "sid": "a"}`
    const { bank, store } = await openWith(text)
    const { session, save } = await request(store, 'a')
    session.added = true
    await save()
    const kept = String(await textIn(bank, 'a'))
    for (const part of ['2.0', '3.0', '{"x": 4.0}', String.raw`"\u00e4"`]) expect(kept).toContain(part)
    const read = JSON.parse(kept)
    expect(read).toMatchObject({ a: 2, b: 3, c: 'ä', added: true })
    expect(Object.getOwnPropertyDescriptor(read, '__proto__')?.value).toEqual({ x: 4 })
  })
})
