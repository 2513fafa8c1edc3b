import { createRequire } from 'node:module'
import { DatabankStore } from '@sessionbank/express-databank-store'
import type { OpenBank } from '@sessionbank/session-core'
import session from 'express-session'
import { type App, DAY, HOUR } from '../apps/app.ts'
import { expressFramework, startExpress } from '../apps/express.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { type Stage, useStage } from '../stage.ts'

type StoreClass = new (bank: OpenBank, log?: object | null, cleanup?: number) => DatabankStore
type Factory = (sessionModule: typeof session) => StoreClass

/** Loads connect-databank, which is a development dependency of the package that replaces it. */
const fromExpressAdapter = createRequire(require.resolve('@sessionbank/express-databank-store/package.json'))

/** Sessions of connect-databank, and code written for it, keep working. */
export function connectDatabank(kind: BankUnderTest): void {
  describe(`after connect-databank on ${kind.name}`, () => {
    const stage = useStage(kind)
    const startSeed = async (maxAge: number | null = DAY): Promise<App> => {
      const Seed = (fromExpressAdapter('connect-databank') as Factory)(session)
      return startExpress({ bank: stage.bank, maxAge }, new Seed(stage.bank))
    }

    it.each([
      ['with a maxAge', DAY],
      ['with a session cookie', null],
    ])('a session %s of connect-databank keeps working', async (_, maxAge) => {
      const seed = await startSeed(maxAge)
      const client = new Client(seed)
      const { sid } = await client.send('login', { user: 'ann' })
      await client.send('set', { values: { cart: ['book'], deep: { er: [1] } } })
      const kept = await read(stage, sid)
      await seed.close()

      const app = await stage.start(expressFramework, { maxAge })
      const shown = await client.at(app).send('show')

      expect(shown.data).toEqual({ user: 'ann', cart: ['book'], deep: { er: [1] } })
      expect(await client.at(app).send('visit')).toBe(1)
      expect(await stage.stored(sid)).toMatchObject({ ...without(kept, 'cookie'), visits: 1 })
      await client.at(app).send('logout')
      expect(await stage.stored(sid)).toBeNull()
    })

    it('a session is stored so that connect-databank could use it again', async () => {
      const app = await stage.start(expressFramework)
      const { client, sid } = await stage.login(app)
      await client.send('set', { values: { cart: ['book'] } })

      const ours = await read(stage, sid)
      const seed = await startSeed()
      await client.at(seed).send('set', { values: { cart: ['pen'] } })
      const theirs = await read(stage, sid)

      expect(await client.at(seed).send('me')).toBe('ann')
      expect(await client.send('show')).toMatchObject({ data: { user: 'ann', cart: ['pen'] } })
      expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
      expect(Object.keys(ours.cookie as object).sort()).toEqual(Object.keys(theirs.cookie as object).sort())
      await seed.close()
    })

    it.each([
      ['a date', (end: number) => new Date(end).toISOString(), true],
      ['a number', (end: number) => end, true],
      ['null', () => null, false],
      ['0', () => 0, false],
      ['false', () => false, false],
      ['nothing', () => undefined, false],
    ])('an `expires` that is %s is understood', async (_, expires, isDate) => {
      const app = await stage.start(expressFramework)
      const [live, over] = [await stage.login(app), await stage.login(app)]
      const record = (sid: string, end: number) => ({
        cookie: { originalMaxAge: null, expires: expires(end), httpOnly: true, path: '/' },
        user: 'old',
        sid,
      })
      const end = Date.now() + HOUR

      await stage.plantValue(live.sid, record(live.sid, end))
      await stage.plantValue(over.sid, record(over.sid, Date.now() - HOUR))

      expect(await live.client.send('show')).toEqual({ data: { user: 'old' }, expires: isDate ? end : null })
      expect(await over.client.send('me')).toBe(isDate ? null : 'old')
    })

    it('the arguments (bank, log, cleanup) mean the same as in connect-databank', async () => {
      const Store = require('@sessionbank/express-databank-store')(session) as StoreClass
      const lines: object[] = []
      const log = {
        child: (fields: object) => ({ ...log, fields }),
        debug: (line: object) => lines.push(line),
        error() {},
      }
      const store = new Store(stage.bank, log, 0)
      const app = await startExpress({ bank: stage.bank, maxAge: null }, store)
      const { client, sid } = await stage.login(app)

      expect(await client.send('me')).toBe('ann')
      expect(store).toBeInstanceOf(session.Store)
      expect(Store).toBe(DatabankStore)
      expect(lines.length).toBeGreaterThan(0)
      expect(JSON.stringify(lines)).not.toContain(sid)
      // in connect-databank a session without an expiry never expired
      expect(await stage.expiryOf(sid)).toBeNull()
      await app.close()
    })

    it('the schema is that of connect-databank', () => {
      const Seed = (fromExpressAdapter('connect-databank') as Factory)(session)

      expect(DatabankStore.schema).toEqual((Seed as unknown as typeof DatabankStore).schema)
    })

    it('all methods accept callbacks', async () => {
      const store = new DatabankStore(stage.bank, { type: 'callbacks', cleanupInterval: false })
      const app = await startExpress({ bank: stage.bank }, store)
      for (const user of ['ann', 'bob']) await stage.login(app, user)
      const call = (method: 'all' | 'length' | 'cleanup' | 'clear') =>
        new Promise((resolve, reject) => {
          store[method]((error: Error | null, value?: unknown) => (error ? reject(error) : resolve(value)))
        })

      expect(await call('all')).toHaveLength(2)
      expect(await call('length')).toBe(2)
      await call('cleanup')
      expect(await call('length')).toBe(2)
      await call('clear')
      expect(await call('length')).toBe(0)
      await app.close()
    })
  })
}

/** Reads a record with databank's API. */
function read(stage: Stage, sid: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    stage.bank.read<Record<string, unknown>>('session', sid, (error, value) => (error ? reject(error) : resolve(value)))
  })
}

function without(record: Record<string, unknown>, key: string): Record<string, unknown> {
  const { [key]: _, ...rest } = record
  return rest
}
