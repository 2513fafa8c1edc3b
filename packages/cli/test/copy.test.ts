import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describeWith, redis } from '@sessionbank/test-servers'
import { CopyJournal } from '../src/copy/journal.ts'
import { expectFailure, type Held, heldBy, newFolder, output, sessionbank, start, withStore } from './cli.ts'

const HOUR = 3_600_000
const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
const encryption = { keys: [randomBytes(32).toString('base64')], blind: ['user.id'] }

let folder: string
let from: string
let to: string
beforeEach(() => {
  folder = newFolder()
  from = `disk:${join(folder, 'from')}`
  to = `disk:${join(folder, 'to')}`
})

/** Runs a copy in the test's folder, where its journal is. */
function copy(...flags: string[]): Promise<string> {
  return output(['copy', from, to, ...flags], { cwd: folder })
}

async function put(url: string, records: Record<string, [json: string, expires: number | null]>): Promise<void> {
  await withStore(url, async ({ bank }) => {
    const written = Object.entries(records).map(([id, [json, expires]]) =>
      bank.records('session').write(id, json, { expires }),
    )
    await Promise.all(written)
  })
}

function many(count: number): Record<string, [string, number]> {
  const end = Date.now() + HOUR
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`sid-${n}`, [`{"n":${n},"cookie":{}}`, end + n]]))
}

async function expectSame(): Promise<void> {
  expect(await heldBy(to)).toEqual(await heldBy(from))
}

describe('copy', () => {
  it('copies records exactly, with their expiries, and says which sessions may differ', async () => {
    await put(from, { odd: ['{"a": 1, "a":2,"cookie":{},"t":"\\u0000\\ud800"}', null], ...many(600) })
    expect(await copy()).toMatch(
      /^Copied\. Sessions that the app has changed, used or ended since 20\S+ may differ: .*--final/,
    )
    await expectSame()
    expect(await copy('--final')).toBe('The target has all sessions of the source.\n')
    await expectSame()
  })

  it('copies changed, used, ended and new sessions back after --final, with the URLs exchanged', async () => {
    const end = Date.now() + HOUR
    await put(from, many(10))
    await copy()
    await copy('--final')
    await put(to, { 'sid-1': ['{"n":"changed"}', end], 'sid-2': ['{"n":2,"cookie":{}}', end + HOUR], new: ['{}', end] })
    await withStore(to, ({ bank }) => bank.records('session').delete('sid-3'))
    const at = { cwd: folder }
    await output(['copy', to, from], at)
    expect(await output(['copy', to, from, '--final'], at)).toBe('The target has all sessions of the source.\n')
    await expectSame()
    expect((await heldBy(from)).size).toBe(10)
    await put(from, { 'sid-1': ['{"n":"once more"}', end] })
    await copy('--final')
    await expectSame()
  })

  it('copies nothing back before --final, because the source is still in use', async () => {
    await put(from, many(3))
    await copy()
    await withStore(to, ({ bank }) => bank.records('session').clear())
    await expectFailure(['copy', to, from], /not finished: finish that one with --final/, 2, { cwd: folder })
    expect((await heldBy(from)).size).toBe(3)
  })

  it('copies nothing back if a later copy was not finished, because the source has been used again', async () => {
    const end = Date.now() + HOUR
    await put(from, many(3))
    await copy('--final')
    await put(from, { 'sid-1': ['{"n":"used on"}', end], new: ['{}', end] })
    await copy()
    await expectFailure(['copy', to, from], /not finished: finish that one with --final/, 2, { cwd: folder })
    await copy('--final')
    await output(['copy', to, from, '--final'], { cwd: folder })
    expect((await heldBy(from)).get('sid-1')?.json).toBe('{"n":"used on"}')
  })

  it('copies sessions that were changed, used or ended since the last copy', async () => {
    const end = Date.now() + HOUR
    await put(from, many(10))
    await copy()
    await put(from, {
      'sid-1': ['{"n":"changed"}', end],
      'sid-2': ['{"n":2,"cookie":{}}', end + 9e6],
      new: ['{}', end],
    })
    await withStore(from, ({ bank }) => bank.records('session').delete('sid-3'))
    await copy()
    await expectSame()
    expect((await heldBy(to)).has('sid-3')).toBe(false)
  })

  it('overwrites only records that the copy itself wrote', async () => {
    const end = Date.now() + HOUR
    await put(from, many(6))
    await put(to, { 'sid-0': ['{"n":"had before"}', end] })
    expect(await copy()).toMatch(/Kept 1 that/)
    // Sessions are used or changed at the target; one of each kind is also ended at the source.
    await put(to, { 'sid-1': ['{"n":"changed there"}', end], 'sid-4': ['{"n":"in use there"}', end] })
    await withStore(to, async ({ bank }) => {
      for (const id of ['sid-2', 'sid-3']) await bank.records('session').touch(id, end + 5e6)
    })
    await put(from, { 'sid-0': ['{"n":"late"}', end], 'sid-1': ['{"n":"late"}', end], 'sid-5': ['{"n":"late"}', end] })
    await withStore(from, async ({ bank }) => {
      for (const id of ['sid-3', 'sid-4']) await bank.records('session').delete(id)
    })
    for (const flags of [[], ['--final']]) {
      await copy(...flags)
      const held = await heldBy(to)
      const texts = ['sid-0', 'sid-1', 'sid-4', 'sid-5'].map((id) => held.get(id)?.json)
      expect(texts).toEqual(['{"n":"had before"}', '{"n":"changed there"}', '{"n":"in use there"}', '{"n":"late"}'])
      for (const id of ['sid-2', 'sid-3']) expect(held.get(id)?.expires).toBe(end + 5e6)
    }
  })

  it('continues after it was killed, whatever has changed meanwhile', async () => {
    await put(from, many(8_000))
    await withStore(to, async ({ bank }) => {
      for (const kill of [1, 2]) {
        const records = bank.records('session')
        const before = await records.count()
        const { child, ended } = start(['copy', from, to], { cwd: folder })
        while ((await records.count()) === before && child.exitCode === null) await setImmediate()
        child.kill('SIGKILL')
        await ended
        const copied: string[] = []
        for await (const [id] of records.entries()) copied.push(id)
        await put(from, { [copied[kill] as string]: [`{"n":"changed ${kill}"}`, Date.now() + HOUR] })
        await withStore(from, ({ bank }) => bank.records('session').delete(copied.at(-kill) as string))
      }
    })
    await copy()
    await expectSame()
  }, 120_000)

  it('writes records that are in its journal but missing at the target', async () => {
    await put(from, many(3))
    await copy()
    await withStore(to, ({ bank }) => bank.records('session').delete('sid-1'))
    await copy()
    await expectSame()
  })

  it('is exact after --final, although the app changed and ended sessions meanwhile', async () => {
    await put(from, many(3_000))
    let isRunning = true
    const app = withStore(from, async ({ bank }) => {
      const records = bank.records('session')
      for (let n = 0; isRunning; n++) {
        const id = `sid-${(n * 7) % 3_000}`
        if (n % 3 === 0) await records.write(`new-${n}`, `{"n":${n}}`, { expires: Date.now() + HOUR })
        else if (n % 3 === 1)
          await records.write(id, `{"n":"${n}"}`, {
            expires: Date.now() + HOUR,
            ifRevision: (await records.read(id))?.revision ?? null,
          })
        else await records.delete(id)
      }
    })
    await copy()
    isRunning = false
    await app
    expect(await copy('--final')).toBe('The target has all sessions of the source.\n')
    await expectSame()
  }, 60_000)

  it('rejects the same bank as target, a missing source, and the journal of another copy', async () => {
    await put(from, many(1))
    const at = { cwd: folder }
    for (const same of [from, `${from}/`, 'disk:from', 'disk:./to/../from']) {
      await expectFailure(['copy', from, same], /are the same bank/, 2, at)
    }
    await expectFailure(['copy', `disk:${join(folder, 'none')}`, to], /no bank/, 2, at)
    await copy('--journal', 'journal')
    await expectFailure(['copy', from, `${to}2`, '--journal', 'journal'], /journal is of another copy/, 2, at)
    expect(await output(['copy', from, from, '--to-type', 'login'], at)).toMatch(/^Copied/)
    expect((await heldBy(from, 'login')).size).toBe(1)
  })

  it('keeps ids, contents and passwords out of its journal', async () => {
    await put(from, { 'canary-id': ['{"text":"canary-text"}', null] })
    await copy('--journal', 'journal')
    // A password may also be in the query of a URL.
    const other = new CopyJournal(join(folder, 'other'), 'disk:./a', 'postgres://localhost/app?password=canary')
    await other.close()
    for (const journal of ['journal', 'other']) {
      for (const file of readdirSync(join(folder, journal))) {
        expect(readFileSync(join(folder, journal, file), 'latin1')).not.toContain('canary')
      }
    }
  })

  describeWith(redis, (server) => {
    beforeEach(async () => {
      to = server().url
      await withStore(to, async ({ bank }) => {
        for (const type of ['session', 'sessionbank_index']) await bank.records(type).clear()
      })
    })

    const withoutTime = (held: Map<string, Held>) => [...held].sort()

    it('copies sessions from disk to Redis and back', async () => {
      await put(from, many(700))
      await copy('--final')
      expect(withoutTime(await heldBy(to))).toEqual(withoutTime(await heldBy(from)))
      const back = `disk:${join(folder, 'back')}`
      await output(['copy', to, back, '--final'], { cwd: folder })
      expect(await heldBy(back)).toEqual(await heldBy(from))
    })

    it('indexes sealed sessions at the target if it has their keys, else fails', async () => {
      const flags = (options: object) => {
        writeFileSync(join(folder, 'options.json'), JSON.stringify(options))
        return ['--options', join(folder, 'options.json')]
      }
      await withStore(from, ({ store }) => store.save('a', { user: { id: 7 }, cookie: {} }), { encryption })
      const before = await heldBy(from)
      const refused = await sessionbank(['copy', from, to, ...flags({ schema })], { cwd: folder })
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('without its key') })
      expect((await heldBy(to)).size).toBe(0)
      await copy(...flags({ schema, encryption }), '--final')
      expect(await heldBy(to)).toEqual(before)
      const found = await withStore(to, ({ store }) => store.find({ 'user.id': 7 }), { schema, encryption })
      expect(found).toHaveLength(1)
      // The index is complete by now, so a copy without it would hide sessions from searches.
      await expectFailure(['copy', from, to], /index of "user.id"/, 2, { cwd: folder })
    })
  })
})
