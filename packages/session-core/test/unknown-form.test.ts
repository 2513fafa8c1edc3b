import { SessionStore } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { request } from './setup.ts'

/** Values under `_bank` that a later version may write, for example with a key that this version does not know. */
const FORMS = [
  ['sealed', { sealed: 'AAECAwQFBgcICQoLDA0ODw==' }],
  ['an object with an unknown key', { created: 1_900_000_000_000, region: 'eu' }],
  ['a number', 2],
  ['a text', 'v2'],
  ['a list', [{ created: 1 }]],
] as const

const CASES = BANKS.flatMap(([bank, open]) => FORMS.map(([name, form]) => [bank, name, open, form] as const))

describe.each(CASES)('a record on %s whose _bank is %s', (_bank, _name, open, form) => {
  const record = { user: 'ann', cookie: {}, sid: 'a', _bank: form }
  async function openStore() {
    const { bank, put, stored } = await open()
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    const errors: unknown[] = []
    store.on('error', (error) => errors.push(error))
    return { store, errors, stored, putRecord: () => put('a', record) }
  }

  it('is not found, and causes one error event', async () => {
    const { store, errors, putRecord } = await openStore()
    await putRecord()
    expect(await store.load('a')).toBeNull()
    expect(errors).toHaveLength(1)
    expect(await store.all()).toEqual([])
  })

  it('is not overwritten by an update()', async () => {
    const { store, stored, putRecord } = await openStore()
    await putRecord()
    expect(await store.update('a', (session) => void Object.assign(session, { late: true }))).toBeNull()
    expect(await stored('a')).toEqual(record)
  })

  it('is not overwritten by the save of a session that was loaded before', async () => {
    const { store, stored, putRecord } = await openStore()
    await store.save('a', { user: 'bob', cookie: {} })
    const { session, save } = await request(store, 'a')
    await putRecord()
    session.late = true
    await save().catch(() => {})
    expect(await stored('a')).toEqual(record)
  })

  it('is not overwritten by a new session with its id, whose save fails', async () => {
    const { store, stored, putRecord } = await openStore()
    await putRecord()
    const failure = await store.save('a', { user: 'bob', cookie: {} }).catch((error) => error)
    expect(await stored('a')).toEqual(record)
    expect(failure).toMatchObject({ code: 'SESSIONBANK_UNREADABLE' })
  })

  it('is removed by a logout', async () => {
    const { store, stored, putRecord } = await openStore()
    await putRecord()
    await store.destroy('a')
    expect(await stored('a')).toBeUndefined()
  })
})
