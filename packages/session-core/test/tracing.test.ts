import { tracingChannel } from 'node:diagnostics_channel'
import { MemoryDatabank } from '@sessionbank/databank-memory'
import { SessionStore, sessionHandle } from '../src/index.ts'
import { openStore, request } from './setup.ts'

type Seen = [event: string, context: Record<string, unknown>]

/** Subscribes to a channel during an action. Returns the messages as they were when they were published. */
async function heard(name: string, action: () => Promise<unknown>): Promise<Seen[]> {
  const seen: Seen[] = []
  const on = (event: string) => (context: object) => void seen.push([event, { ...context }])
  const subscriber = {
    start: on('start'),
    end: on('end'),
    asyncStart: on('asyncStart'),
    asyncEnd: on('asyncEnd'),
    error: on('error'),
  }
  const channel = tracingChannel(`sessionbank:${name}`)
  channel.subscribe(subscriber)
  try {
    await action()
  } finally {
    channel.unsubscribe(subscriber)
  }
  return seen
}

const OPERATIONS = ['load', 'save', 'touch', 'update', 'destroy', 'cleanup'] as const

async function openWithActions() {
  const { store, bank } = await openStore()
  await store.save('secret-sid', { word: 'secret-word', cookie: {} })
  const one = await request(store, 'secret-sid')
  one.session.word = 'secret-word-2'
  const actions: Record<(typeof OPERATIONS)[number], () => Promise<unknown>> = {
    load: () => store.load('secret-sid'),
    save: () => one.save(),
    touch: () => store.touch('secret-sid', { cookie: {} }),
    update: () => store.update('secret-sid', (session) => void Object.assign(session, { word: 'secret-word-3' })),
    destroy: () => store.destroy('secret-sid'),
    cleanup: () => store.cleanup(),
  }
  return { bank, actions }
}

describe('a tracing channel', () => {
  it.each(OPERATIONS)('gets the start and end of a %s, without id and content', async (name) => {
    const { actions } = await openWithActions()
    const seen = await heard(name, actions[name])
    expect(seen.map(([event]) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    for (const [, context] of seen) expect(context).toMatchObject({ type: 'session' })
    expect(JSON.stringify(seen)).not.toMatch(/secret/)
  })

  it.each(OPERATIONS)('gets the error of a failed %s, as does the caller', async (name) => {
    const { actions, bank } = await openWithActions()
    const fail = (...args: unknown[]) => (args.at(-1) as (error: Error) => void)(new Error('no secret-sid here'))
    Object.assign(bank, { read: fail, save: fail, del: fail, scan: fail })
    let failure: unknown
    const seen = await heard(name, () => actions[name]().catch((error) => (failure = error)))
    expect(failure).toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    expect(seen.map(([event]) => event)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    for (const [event, context] of seen.slice(2)) expect([event, context.error]).toEqual([event, failure])
    expect(seen.map(([, { error }]) => String(error)).join()).not.toMatch(/secret-word/)
  })

  it.each([
    ['load', 'found'],
    ['save', 'saved'],
    ['touch', 'touched'],
    ['update', 'updated'],
    ['destroy', 'destroyed'],
  ] as const)("gets the session's handle for a %s, and at the end the outcome %s", async (name, outcome) => {
    const { actions } = await openWithActions()
    const seen = await heard(name, actions[name])
    for (const [, context] of seen) expect(context.handle).toBe(sessionHandle('secret-sid'))
    expect(seen.map(([, context]) => context.outcome)).toEqual([undefined, undefined, outcome, outcome])
  })

  it.each([
    ['load', 'missing'],
    ['save', 'dropped'],
    ['touch', 'missing'],
    ['update', 'missing'],
    ['destroy', 'missing'],
  ] as const)('gets the outcome of a %s of a session that has ended (%s)', async (name, outcome) => {
    const { store } = await openStore()
    await store.save('secret-sid', { word: 'secret-word', cookie: {} })
    const one = await request(store, 'secret-sid')
    one.session.word = 'secret-word-2'
    await store.destroy('secret-sid')
    const late = {
      load: () => store.load('secret-sid'),
      save: () => one.save(),
      touch: async () => {
        await one.save()
        await one.touch()
      },
      update: () => store.update('secret-sid', () => {}),
      destroy: () => store.destroy('secret-sid'),
    }
    const seen = await heard(name, late[name])
    expect(seen.at(-1)).toEqual(['asyncEnd', expect.objectContaining({ outcome })])
  })

  it('gets the name of the driver', async () => {
    await using bank = await MemoryDatabank.open()
    const store = new SessionStore(bank, { cleanupInterval: false })
    const seen = await heard('load', () => store.load('nobody'))
    for (const [, context] of seen) expect(context.bank).toBe('sessionbank-memory')
  })

  it('gets no handle for a value that cannot be a session id', async () => {
    const { store } = await openStore()
    const seen = await heard('load', () => store.load('__proto__'))
    expect(seen.at(-1)).toEqual(['asyncEnd', { type: 'session', outcome: 'missing' }])
  })

  it("does not change the caller's result", async () => {
    const { actions } = await openWithActions()
    let loaded: unknown
    await heard('load', async () => {
      loaded = await actions.load()
    })
    expect(loaded).toEqual({ word: 'secret-word', cookie: {} })
  })
})
