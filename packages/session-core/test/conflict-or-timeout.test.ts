import { setTimeout as delay } from 'node:timers/promises'
import { temporaryFolder } from '@sessionbank/test-servers'
import { openDatabank, SessionStore } from '../src/index.ts'
import { delayedBank, openRecordsBank } from './records-bank.ts'
import { request } from './setup.ts'
import { manyTicks } from './ticks.ts'

/** A save with more conflicts than this starves. */
const MOST_LOST = 10

/** Returns the code of each failed operation, and "done" for the others. */
async function codesOf(operations: Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(operations)
  return outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'))
}

describe('a save that conflicts until its deadline', () => {
  it('fails with CONFLICT, and the 19 saves that wait for it succeed within their own timeouts', async () => {
    const bank = await openRecordsBank()
    const records = bank.records('session')
    let calls = 0
    // The fourth call, a read, is still running at the deadline.
    const slow = delayedBank(bank, async (call) => {
      calls++
      if (calls > 4) return
      await delay(calls < 4 ? 600 : 2_000)
      if (call === 'write') await records.write('a', `{"others":${calls},"cookie":{},"sid":"a"}`, { expires: null })
    })
    await records.write('a', '{"others":0,"cookie":{},"sid":"a"}', { expires: null })
    const store = new SessionStore(slow, { cleanupInterval: false, touchAfter: 0, timeout: 3_000, ttl: false })
    const fast = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, ttl: false })
    calls = Number.POSITIVE_INFINITY
    const requests = await Promise.all(Array.from({ length: 20 }, () => request(store, 'a')))
    calls = 0
    const saves = requests.map(({ session, save }, n) => {
      session[`key${n}`] = n
      return save()
    })
    expect(await codesOf(saves)).toEqual(['SESSIONBANK_CONFLICT', ...Array(19).fill('done')])
    const kept = Object.keys((await fast.load('a')) as object).filter((key) => key.startsWith('key'))
    expect(kept).toHaveLength(19)
  })
})

describe('a save', () => {
  it('does not starve while another store of the process keeps saving the same session', async () => {
    let written = 0
    let lost = 0
    let done = false
    // The other store writes before each write of this store, unless the other store is blocked for 50 ticks.
    const bank = delayedBank(await openRecordsBank(), async (call, _id, text) => {
      const isMine = call === 'write' && String(text).includes('"mine"') && !done
      const before = written
      if (!isMine) await manyTicks(1)
      else for (let tick = 0; tick < 50 && written === before; tick++) await manyTicks(1)
      if (isMine && written > before) lost++
      if (lost > MOST_LOST) done = true
      if (call === 'write' && !isMine) written++
    })
    const options = { cleanupInterval: false, touchAfter: 0, timeout: 60_000 } as const
    const [store, other] = [new SessionStore(bank, options), new SessionStore(bank, options)]
    await other.save('a', { cookie: {} })
    const one = await request(store, 'a')
    one.session.mine = true
    const theirs = async () => {
      const saves: Promise<unknown>[] = []
      for (let n = 0; !done; n++) {
        saves.push(other.update('a', (session) => void Object.assign(session, { n })))
        await manyTicks(2)
      }
      return codesOf(saves)
    }
    const writing = theirs()
    await manyTicks(10)
    const code = await one.save().then(
      () => 'done',
      (error) => error.code,
    )
    done = true
    expect(new Set(await writing)).toEqual(new Set(['done']))
    expect(code).toBe('done')
    expect(lost).toBeLessThanOrEqual(MOST_LOST)
    expect(await store.load('a')).toMatchObject({ mine: true })
  })
})

it.each(['memory:', 'disk:'])('1,000 saves of one session by two stores are all kept on %s', async (scheme) => {
  const folder = temporaryFolder('two-stores')
  const bank = await openDatabank(scheme === 'disk:' ? `disk:${folder.path}` : scheme)
  const stores = [1, 2].map(() => new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }))
  const storeOf = (n: number) => stores[n % 2] as SessionStore
  await storeOf(0).save('a', { cookie: {} })
  const requests = await Promise.all(Array.from({ length: 1_000 }, (_, n) => request(storeOf(n), 'a')))
  const saves = requests.map(({ session, save }, n) => {
    session[`key${n}`] = n
    return save()
  })
  expect(new Set(await codesOf(saves))).toEqual(new Set(['done']))
  expect(Object.keys((await storeOf(0).load('a')) as object)).toHaveLength(1_001)
  await bank.disconnect()
  folder.remove()
})
