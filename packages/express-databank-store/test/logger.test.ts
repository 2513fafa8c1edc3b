import { DatabankStore } from '../src/index.mts'
import { openBank, sessionOf } from './setup.ts'

/** Returns a logger like bunyan's: `child` adds fields, and methods take fields and a message. */
function bunyanLike() {
  const lines: unknown[] = []
  const child = jest.fn((fields: object) => ({
    debug: (more: object, message: string) => lines.push({ ...fields, ...more, level: 'debug', message }),
    error: (more: object, message: string) => lines.push({ ...fields, ...more, level: 'error', message }),
  }))
  const unused = () => lines.push('the parent')
  return { log: { child, debug: unused, error: unused }, child, lines }
}

describe('a bunyan logger', () => {
  it('is used through a child that names the component', async () => {
    const { bank } = await openBank()
    const { log, child, lines } = bunyanLike()
    const store = new DatabankStore(bank, log)

    await store.set('secret-sid', sessionOf({ word: 'secret-word' }))
    await store.get('secret-sid')
    await store.touch('secret-sid', sessionOf())
    await store.destroy('secret-sid')
    await store.clear()
    await store.cleanup()

    expect(child.mock.calls).toEqual([[{ component: 'express-databank-store' }]])
    expect(lines).toHaveLength(6)
    expect(lines).toEqual(lines.map(() => expect.objectContaining({ component: 'express-databank-store' })))
  })

  it('gets no session id and no content, unlike in connect-databank', async () => {
    const { bank } = await openBank()
    const { log, lines } = bunyanLike()
    const store = new DatabankStore(bank, log)

    await store.set('secret-sid', sessionOf({ word: 'secret-word' }))
    await store.get('secret-sid')

    expect(JSON.stringify(lines)).not.toMatch(/secret/)
  })

  it('gets an error that no caller receives', async () => {
    const { bank, save } = await openBank()
    await save('session', 'broken', 'no session')
    const { log, lines } = bunyanLike()
    const store = new DatabankStore(bank, log)

    expect(await store.get('broken')).toBeNull()

    expect(lines).toEqual([expect.objectContaining({ level: 'error', err: expect.any(Error) })])
  })
})
