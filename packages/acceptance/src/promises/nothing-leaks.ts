import { DatabankStore as ExpressStore } from '@sessionbank/express-databank-store'
import { DatabankStore as FastifyStore } from '@sessionbank/fastify-databank-store'
import { DatabankStore as KoaStore } from '@sessionbank/koa-databank-store'
import type { Bank, StoreOptions } from '@sessionbank/session-core'
import { Link } from '@sessionbank/session-core/adapter'
import type { Store } from '../apps/app.ts'
import { CANARIES, type LeakDetector } from '../leak-detector.ts'

const HOUR = 3_600_000
const { sid, key, value, user } = CANARIES

const COOKIE = { path: '/', originalMaxAge: HOUR, note: CANARIES.cookie }
const session = (more: object = {}) => ({ ...more, [key]: value, user: { id: user }, cookie: { ...COOKIE } })

export const STORES: (new (bank: Bank, options: StoreOptions) => Store)[] = [ExpressStore, KoaStore, FastifyStore]

/**
 * Calls everything that stores of all frameworks can do with a bank, and makes it fail in many ways.
 *
 * @param plant writes a record into the bank without the stores
 */
export async function useStores(
  detector: LeakDetector,
  bank: Bank,
  plant: (text: string) => Promise<unknown>,
  stores = STORES,
): Promise<void> {
  detector.inspect('bank', bank)
  for (const Store of stores) {
    for (const log of [detector.log, null]) {
      const store = new Store(bank, { cleanupInterval: false, maxBytes: 10_000, touchAfter: 0, log })
      // Without a listener and a log, errors become warnings.
      if (log) detector.listen(store)
      await useStore(detector, bank, store, plant)
      await store.close()
    }
  }
}

async function useStore(
  detector: LeakDetector,
  bank: Bank,
  store: Store,
  plant: (text: string) => Promise<unknown>,
): Promise<void> {
  const { sessions } = store
  const call = <T>(name: string, does: () => Promise<T>) => detector.call(name, does)
  const load = async (link: Link) =>
    ((await call('load', () => sessions.load(sid, link))) ?? session()) as ReturnType<typeof session>

  const saving = call('save', () => sessions.save(sid, session()))
  detector.inspect('bank at work', bank)
  detector.inspect('store at work', store)
  await saving
  const [first, second, late] = [new Link(), new Link(), new Link()]
  const [mine, theirs, slow] = [await load(first), await load(second), await load(late)]
  await call('save', () => sessions.save(sid, Object.assign(mine, { [`${key}1`]: value }), first))
  await call('merging save', () => sessions.save(sid, Object.assign(theirs, { [`${key}2`]: value }), second))
  await call('touch', () => sessions.touch(sid, theirs, second))
  await call('update', () => sessions.update(sid, (now) => void Object.assign(now, { n: value })))
  await call('find', async () =>
    detector.inspect('number found', [(await sessions.find({ 'user.id': user, [key]: value })).length]),
  )
  await call('all', async () => detector.inspect('number of all', [(await store.all()).length, await store.length()]))
  await call('entries', async () => {
    for await (const _ of store.entries()) break
  })
  for (const wrong of [
    { user: undefined },
    { user: [user] },
    { user: { id: user } },
    user,
    [user],
    new Map([[user, value]]),
  ]) {
    await call('find of nonsense', () => store.find(wrong as never))
    await call('destroyWhere of nonsense', () => store.destroyWhere({ user }, wrong as never))
  }
  for (const wrong of WRONG_IDS) {
    await call('save under a wrong id', () => sessions.save(wrong as string, session()))
    await call('load of a wrong id', () => sessions.load(wrong as string))
    await call('update of a wrong id', () => sessions.update(wrong as string, () => {}))
    await call('destroy of a wrong id', () => sessions.destroy(wrong as string))
  }
  for (const wrong of wrongSessions()) {
    await call('save of what is no session', () => sessions.save(sid, wrong as object))
    await call('touch of what is no session', () => sessions.touch(sid, wrong as object))
    await call('update to what is no session', () => sessions.update(sid, () => wrong as never))
  }
  for (const text of RECORDS) {
    await call('planting', () => plant(text))
    await load(new Link())
    await call('save over a planted record', () => sessions.save(sid, session()))
    await call('all with a planted record', () => store.all())
  }
  await call('destroy', () => sessions.destroy(sid))
  await call('late save', () => sessions.save(sid, Object.assign(slow, { n: 1 }), late))
  await call('destroyWhere', () => store.destroyWhere({ 'user.id': user }, { except: sid }))
  await call('an unknown callback', async () => store.all(value as never))
  await new Promise<void>((resolve) => {
    // A failing callback of an app would have its own error text, which is allowed.
    store.length(() => resolve())
  })
  await call('cleanup', () => store.cleanup())
  await call('clear', () => store.clear())
  detector.inspect('store', store)
  detector.inspect('sessions', sessions)
  detector.inspect('bank', bank)
}

const WRONG_IDS = [`${sid}\0`, `${sid}\ud800`, sid.repeat(100), [sid], { [sid]: sid }, null]

function wrongSessions(): unknown[] {
  const cycle: Record<string, unknown> = { [key]: value }
  cycle[`${key}2`] = cycle
  let deep: unknown = value
  for (let level = 0; level < 3_000; level++) deep = { [key]: deep }
  return [
    session({ [`${key}1`]: cycle }),
    session({ [`${key}1`]: 5n }),
    session({ [`${key}1`]: value.repeat(1_000) }),
    session({ _bank: value }),
    { [key]: value, cookie: { [key]: 5n, note: CANARIES.cookie } },
    { [key]: deep, cookie: {} },
    session({ cookie: value }),
    value,
    [value],
    () => value,
  ]
}

/** Damaged records, and records of a later version. */
const RECORDS = [
  `{"${key}":"${value}"`,
  JSON.stringify(value),
  JSON.stringify([value]),
  JSON.stringify({ [key]: value, _bank: { [key]: value }, sid }),
  JSON.stringify({ ...session(), cookie: { ...COOKIE, expires: CANARIES.cookie, path: value, domain: user }, sid }),
]
