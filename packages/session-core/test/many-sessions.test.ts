import type { FoundSession, SessionData } from '../src/index.ts'
import { cookie, HOUR, MINUTE, openStore } from './setup.ts'

async function openWithUsers() {
  const opened = await openStore()
  const { store, clock } = opened
  await store.save('1', { user: { id: 1 }, plan: 'free', cookie: {} })
  await store.save('2', { user: { id: 1 }, plan: 'paid', cookie: cookie(MINUTE, clock.now()) })
  await store.save('3', { user: { id: 2 }, plan: 'paid', cookie: cookie(HOUR, clock.now()) })
  return opened
}

const idsOf = (sessions: (FoundSession | SessionData)[]) => sessions.map(({ sid }) => sid).sort()

describe('many sessions', () => {
  it('are listed with their ids, and counted', async () => {
    const { store, clock } = await openWithUsers()
    expect(idsOf(await store.all())).toEqual(['1', '2', '3'])
    expect(await store.length()).toBe(3)
    clock.advance(MINUTE)
    expect(idsOf(await store.all())).toEqual(['1', '3'])
    expect(await store.length()).toBe(2)
  })

  it('are found by their content', async () => {
    const { store } = await openWithUsers()
    expect(idsOf(await store.find({ 'user.id': 1 }))).toEqual(['1', '2'])
    expect(idsOf(await store.find({ 'user.id': 1, plan: 'paid' }))).toEqual(['2'])
    expect(idsOf(await store.find({ 'user.id': '1' }))).toEqual([])
  })

  it('of a user are ended except the current one', async () => {
    const { store } = await openWithUsers()
    expect(await store.destroyWhere({ 'user.id': 1 }, { except: '2' })).toBe(1)
    expect(idsOf(await store.all())).toEqual(['2', '3'])
    expect(await store.destroyWhere({ 'user.id': 1 }, { except: ['2', '3'] })).toBe(0)
    expect(await store.destroyWhere({ plan: 'paid' })).toBe(2)
  })

  it('are all ended by clear', async () => {
    const { store } = await openWithUsers()
    await store.clear()
    expect(await store.length()).toBe(0)
  })

  it('of another type are left alone', async () => {
    const { store, bank } = await openWithUsers()
    await new Promise((resolve) => bank.save('other', 'x', { sid: 'x' }, resolve))
    await store.clear()
    expect(await new Promise((resolve) => bank.read('other', 'x', (_, value) => resolve(value)))).toEqual({ sid: 'x' })
  })
})
