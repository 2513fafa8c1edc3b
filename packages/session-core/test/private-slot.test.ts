import { privateSlot } from '../src/adapter.ts'

describe('a private slot', () => {
  it('returns the value that was set, for each object and each slot', () => {
    const [one, two] = [privateSlot<number>(), privateSlot<number>()]
    const [a, b] = [{}, {}]
    one.set(a, 1)
    one.set(a, 2)
    two.set(a, 3)
    expect([one.get(a), two.get(a), one.get(b), two.get(b)]).toEqual([2, 3, undefined, undefined])
  })

  it('is not listed, copied, compared or serialised', () => {
    const slot = privateSlot<string>()
    const session = { n: 1 }
    slot.set(session, 'secret')
    expect(Reflect.ownKeys(session)).toEqual(['n'])
    expect(slot.get({ ...session })).toBeUndefined()
    expect(slot.get(structuredClone(session))).toBeUndefined()
    expect(JSON.stringify(session)).toBe('{"n":1}')
    expect(session).toStrictEqual({ n: 1 })
  })

  it('works for instances of classes and for proxies', () => {
    class Session {
      n = 1
    }
    const slot = privateSlot<string>()
    const [session, proxy] = [new Session(), new Proxy({}, {})]
    slot.set(session, 'one')
    slot.set(proxy, 'two')
    expect([slot.get(session), slot.get(proxy)]).toEqual(['one', 'two'])
    expect(session).toBeInstanceOf(Session)
  })
})
