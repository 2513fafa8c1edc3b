import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { onSmallDisk } from '@sessionbank/test-servers'
import type { DiskDatabank } from '../src/index.ts'
import { expectConsistent } from './consistency.ts'
import { closeBank, collect, openBank, pathOf, run, temporaryDirectory } from './fixtures.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const SCHEMA = { session: { indices: ['user'] } }
const HOUR = 3_600_000

async function makeBank(records = 10, bytes = 200): Promise<DiskDatabank> {
  const bank = await openBank({ dir: temporaryDirectory(), schema: SCHEMA })
  const json = JSON.stringify({ user: 'ann', pad: 'x'.repeat(bytes) })
  const ids = Array.from({ length: records }, (_, n) => `id-${n}`)
  await Promise.all(ids.map((id) => bank.records('session').write(id, json, { expires: Date.now() + HOUR })))
  return bank
}

function newTarget(): string {
  return join(temporaryDirectory(), 'backups', 'monday')
}

describe('a backup', () => {
  it('can be opened like any bank, and has every record with its expiry and index', async () => {
    const bank = await makeBank(2_000)
    const records = bank.records('session')
    await records.write('bob', '{"user":"bob"}', { expires: null })
    await records.write('gone', '{"user":"bob"}', { expires: Date.now() - 1 })
    const target = newTarget()
    await bank.backup(target)
    const all = await collect(records.entries())
    await records.clear()
    await closeBank(bank)

    expect(await expectConsistent(target, 'session', ['user'])).toBe(2_002)
    const copy = await openBank({ dir: target, schema: SCHEMA })
    expect(await collect(copy.records('session').entries())).toEqual(all)
    expect(await collect(copy.records('session').find('user', 'bob'))).toHaveLength(1)
    expect(await copy.records('session').deleteExpired(10)).toBe(1)
    await copy.records('session').write('new', '{}', { expires: null })
    expect(await copy.records('session').count()).toBe(2_002)
    await closeBank(copy)
  })

  it('holds every write that was acknowledged before it began, while several processes write', async () => {
    const dir = temporaryDirectory()
    const bank = await openBank({ dir, schema: SCHEMA })
    const records = bank.records('session')
    const written = new Set<string>()
    let stop = false
    const lane = async (name: string) => {
      for (let n = 0; !stop; n++) {
        const id = `${name}-${n}`
        await records.write(id, JSON.stringify({ user: name, pad: 'x'.repeat(n % 5_000) }), {
          expires: Date.now() + HOUR,
        })
        written.add(id)
        if (n % 2) await records.touch(id, Date.now() + 2 * HOUR)
      }
    }
    const lanes = Array.from({ length: 8 }, (_, n) => lane(`lane-${n}`))
    const increments = [1, 2].map(() => run('increment.cjs', dir, '250'))
    for (let round = 0; round < 5; round++) {
      while (written.size < 200 * (round + 1)) await nextTurn()
      const before = new Set(written)
      const count = JSON.parse((await records.read('counter'))?.json ?? '{"n":0}').n
      const target = newTarget()
      await bank.backup(target)

      await expectConsistent(target, 'session', ['user'])
      const copy = await openBank({ dir: target, schema: SCHEMA })
      const found = new Set((await collect(copy.records('session').entries())).map(([id]) => id))
      expect([...before].filter((id) => !found.has(id))).toEqual([])
      const counter = await copy.records('session').read('counter')
      expect(JSON.parse(counter?.json ?? '{"n":0}').n).toBeGreaterThanOrEqual(count)
      await closeBank(copy)
    }
    stop = true
    await Promise.all([...lanes, ...increments])
    await closeBank(bank)
  }, 60_000)

  it('is accessible to its owner only, whatever the umask', async () => {
    const bank = await makeBank()
    const target = newTarget()
    const umask = process.umask(0)
    try {
      await bank.backup(target)
    } finally {
      process.umask(umask)
    }
    for (const folder of [target, dirname(target)]) expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(target)).toEqual(['data.mdb'])
    expect(statSync(join(target, 'data.mdb')).mode & 0o777).toBe(0o600)
    await closeBank(bank)
  })

  it('accepts an empty folder, a relative path and a callback', async () => {
    const bank = await makeBank()
    const target = temporaryDirectory()
    const error = await new Promise((resolve) => bank.backup(relative(process.cwd(), target), resolve))
    expect(error).toBeNull()
    expect(readdirSync(target)).toEqual(['data.mdb'])
    await closeBank(bank)
  })

  it('rejects if it fails, without an unhandled rejection if it is not awaited', async () => {
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listener)
    const bank = await makeBank()
    const ignored = bank.backup('')
    await nextTurn()
    await nextTurn()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
    await expect(ignored).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    await closeBank(bank)
  })

  it('is smaller than its source after many records were removed', async () => {
    const bank = await makeBank(2_000)
    await bank.records('session').clear()
    const target = newTarget()
    await bank.backup(target)
    expect(statSync(join(target, 'data.mdb')).size).toBeLessThan(100_000)
    await closeBank(bank)
  })

  it('has no data.mdb before it is complete', async () => {
    const bank = await makeBank(4_000, 2_000)
    const target = newTarget()
    const path = join(target, 'data.mdb')
    const done = bank.backup(target)
    while (!existsSync(path)) await nextTurn()
    const seen = readFileSync(path)
    await done
    expect(readFileSync(path).equals(seen)).toBe(true)
    await closeBank(bank)
  })

  it('delays disconnect until it is finished', async () => {
    const bank = await makeBank(4_000, 2_000)
    const target = newTarget()
    const events: string[] = []
    const backup = bank.backup(target).then(() => events.push('backup'))
    await closeBank(bank)
    events.push('disconnect')
    await backup
    expect(events).toEqual(['backup', 'disconnect'])
    expect(await expectConsistent(target, 'session', ['user'])).toBe(4_000)
  })

  it('delays disconnect until it is finished, even if it takes longer than `timeout`', async () => {
    const dir = temporaryDirectory()
    const full = await openBank({ dir })
    const ids = Array.from({ length: 2_000 }, (_, n) => `id-${n}`)
    const json = JSON.stringify('x'.repeat(20_000))
    await Promise.all(ids.map((id) => full.records('session').write(id, json, { expires: null })))
    await closeBank(full)
    const bank = await openBank({ dir, timeout: 1 })
    const target = newTarget()
    const [backup] = await Promise.all([bank.backup(target).then(() => statSync(target)), closeBank(bank)])
    expect(backup.isDirectory()).toBe(true)
    expect(await expectConsistent(target, 'session')).toBe(2_000)
  })

  it('works for a file with lost pages, which LMDB does not compact', async () => {
    const dir = temporaryDirectory()
    await closeBank(await openBank({ dir }))
    loseFreePages(join(dir, 'data.mdb'))
    const bank = await openBank({ dir, schema: SCHEMA })
    await bank.records('session').write('a', '{"user":"ann"}', { expires: null })
    const target = newTarget()
    await bank.backup(target)
    await closeBank(bank)
    expect(readdirSync(target)).toEqual(['data.mdb'])
    expect(await expectConsistent(target, 'session', ['user'])).toBe(1)
  })
})

/** Marks too many pages as used, by raising the number of the last page in both states at the start of the file. */
function loseFreePages(path: string): void {
  const bytes = readFileSync(path)
  const pageSize = bytes.readUInt32LE(48)
  for (const state of [0, pageSize]) {
    const lastPage = state + 24 + 24 + 96
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(lastPage) + 5n, lastPage)
  }
  writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(8 * pageSize)]))
}

describe('a backup is rejected, and nothing is left behind,', () => {
  let bank: DiskDatabank

  beforeAll(async () => {
    bank = await makeBank()
  })

  afterAll(() => closeBank(bank))

  const refusal = (reason: string) => ({
    code: 'SESSIONBANK_OPERATION_FAILED',
    message: expect.stringMatching(new RegExp(`cannot back up to "/.*": .*${reason}`)),
  })

  it('if the folder is not empty', async () => {
    const target = temporaryDirectory()
    writeFileSync(join(target, 'notes'), '')
    await expect(bank.backup(target)).rejects.toMatchObject(refusal('not empty; name a new or an empty folder'))
    expect(readdirSync(target)).toEqual(['notes'])
  })

  it('if the folder is the bank’s own, even by another path', async () => {
    const dir = temporaryDirectory()
    const own = await openBank({ dir })
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(dir, link)
    for (const path of [dir, link])
      await expect(own.backup(path)).rejects.toMatchObject(refusal('the folder of the bank itself'))
    expect(readdirSync(dir).sort()).toEqual(['data.mdb', 'lock.mdb'])
    await closeBank(own)
  })

  it('if another backup to that folder is running', async () => {
    const target = newTarget()
    const outcomes = await Promise.allSettled([bank.backup(target), bank.backup(target), bank.backup(target)])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    for (const { reason } of refused) expect(reason).toMatchObject(refusal('not empty'))
    expect(readdirSync(target)).toEqual(['data.mdb'])
  })

  it('if the folder is a file, or is below one', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'kept')
    for (const path of [file, join(file, 'below')]) {
      await expect(bank.backup(path)).rejects.toMatchObject(refusal('is a file'))
    }
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })

  it('if this process may not write there', async () => {
    const [dir, target] = [temporaryDirectory(), temporaryDirectory()]
    chmodSync(dir, 0o777)
    chmodSync(target, 0o555)
    // Root may write anywhere.
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
    for (const path of [target, join(target, 'new')]) {
      const { stdout } = await promisify(execFile)(process.execPath, [pathOf('back-up.cjs'), dir, path], user)
      expect(JSON.parse(stdout)).toMatchObject(refusal('may not write'))
    }
    expect(readdirSync(target)).toEqual([])
  })

  it.each([undefined, '', 7, 'a\0b', 'disk:./backup', '/'])('if the path is %p', async (path) => {
    await expect(bank.backup(path as string)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
  })

  it('if the bank is not connected', async () => {
    const closed = await makeBank()
    await closeBank(closed)
    const target = newTarget()
    await expect(closed.backup(target)).rejects.toMatchObject({ name: 'NotConnectedError' })
    expect(existsSync(target)).toBe(false)
  })

  it('if the bank’s folder was removed', async () => {
    const dir = temporaryDirectory()
    const own = await openBank({ dir })
    rmSync(dir, { recursive: true })
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await expect(own.backup(newTarget())).rejects.toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('was removed or replaced'),
    })
    warnings.mockRestore()
    await closeBank(own)
  })

  onSmallDisk('if the disk is full', async ({ path }) => {
    const large = await makeBank(2_500, 2_000)
    const [made, found] = [join(path, 'made'), join(path, 'found')]
    mkdirSync(found)
    for (const target of [made, found]) {
      await expect(large.backup(target)).rejects.toMatchObject(refusal('the disk is full'))
    }
    expect(existsSync(made)).toBe(false)
    expect(readdirSync(found)).toEqual([])
    await large.backup(newTarget())
    await closeBank(large)
  })

  onSmallDisk('if the file system is read-only', async ({ path }) => {
    const found = join(path, 'read-only')
    mkdirSync(found)
    execFileSync('mount', ['-o', 'remount,ro', path])
    for (const target of [found, join(path, 'new')]) {
      await expect(bank.backup(target)).rejects.toMatchObject(refusal('is read-only'))
    }
  })
})

// Needs /proc/locks, where Linux lists locks.
const withLocks = existsSync('/proc/locks') ? it : it.skip
withLocks('LMDB keeps its lock during a backup, and when other banks on the folder open and close', async () => {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir })
  const inode = statSync(join(dir, 'lock.mdb')).ino
  const isLocked = () => readFileSync('/proc/locks', 'utf8').includes(`:${inode} `)
  expect(isLocked()).toBe(true)
  await bank.backup(newTarget())
  expect(isLocked()).toBe(true)
  await closeBank(await openBank({ dir }))
  expect(isLocked()).toBe(true)
  await closeBank(bank)
  expect(isLocked()).toBe(false)
})
