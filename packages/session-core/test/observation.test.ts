import { tracingChannel } from 'node:diagnostics_channel'
import { openStore, request } from './setup.ts'

describe('a store', () => {
  it('logs through a child of the logger, without ids and contents', async () => {
    const lines: string[] = []
    const logger = { debug: (...line: unknown[]) => lines.push(JSON.stringify(line)), error: () => {} }
    const child = jest.fn(() => logger)
    const { store } = await openStore({ log: { ...logger, child } })
    await store.save('secret-sid', { word: 'secret-word', cookie: {} })
    await (await request(store, 'secret-sid')).touch()
    await store.update('secret-sid', (session) => void Object.assign(session, { word: 'secret-word-2' }))
    await store.destroy('secret-sid')
    expect(child).toHaveBeenCalledWith({ component: 'test' })
    expect(lines).toHaveLength(5)
    expect(lines.join()).not.toMatch(/secret/)
  })

  it('logs ids and contents if logContents is set', async () => {
    const lines: string[] = []
    const log = { debug: (...line: unknown[]) => lines.push(JSON.stringify(line)), error: () => {} }
    const { store } = await openStore({ log, logContents: true })
    await store.save('secret-sid', { word: 'secret-word', cookie: {} })
    await store.update('secret-sid', (session) => void Object.assign(session, { word: 'other-word' }))
    expect(lines.join()).toMatch(/secret-sid/)
    expect(lines.join()).toMatch(/secret-word/)
    expect(lines.join()).toMatch(/other-word/)
  })

  it.each(['load', 'save', 'touch', 'update', 'destroy', 'cleanup'])(
    'traces %s on its channel, without an id',
    async (name) => {
      const { store } = await openStore()
      const seen: unknown[] = []
      const subscriber = {
        start: (context: object) => void seen.push(['start', { ...context }]),
        end: () => {},
        asyncStart: () => {},
        asyncEnd: () => void seen.push('end'),
        error: () => {},
      }
      tracingChannel(`sessionbank:${name}`).subscribe(subscriber)
      await store.save('a', { cookie: {} })
      await (await request(store, 'a')).touch()
      await store.update('a', () => {})
      await store.destroy('a')
      await store.cleanup()
      tracingChannel(`sessionbank:${name}`).unsubscribe(subscriber)
      expect(seen).toEqual([
        ['start', name === 'cleanup' ? { type: 'session' } : { type: 'session', handle: expect.any(String) }],
        'end',
      ])
    },
  )
})
