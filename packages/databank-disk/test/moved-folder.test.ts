import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onSmallDisk } from '@sessionbank/test-servers'
import type { DiskDatabank } from '../src/index.ts'
import { closeBank, collect, openBank, pathOf, run, temporaryDirectory } from './fixtures.ts'

/** Minimum time between two checks of the folder, in ms. */
const INTERVAL = 1_000

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'Date', 'performance'] })
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})

afterEach(() => {
  jest.useRealTimers()
  warnings.mockRestore()
})

let warnings: jest.SpyInstance

function newFolder(): string {
  return join(temporaryDirectory(), 'sessions')
}

async function openWithRecord(dir: string): Promise<DiskDatabank> {
  const bank = await openBank({ dir })
  await write(bank, 'before')
  return bank
}

function write(bank: DiskDatabank, id: string): Promise<unknown> {
  return bank.records('session').write(id, '{}', { expires: Date.now() + 60_000 })
}

const isGone = (name: string) => ({
  code: 'SESSIONBANK_OPERATION_FAILED',
  message: expect.stringMatching(new RegExp(`${name} was removed or replaced.*stop the app`)),
})

async function expectAllToFail(bank: DiskDatabank, name = 'data.mdb'): Promise<void> {
  const records = bank.records('session')
  const calls = [
    () => records.write('after', '{}', { expires: null }),
    () => records.read('before'),
    () => records.touch('before', null),
    () => records.delete('before'),
    () => records.count(),
    () => records.clear(),
    () => collect(records.entries()),
    () => collect(records.find('user', 'ann')),
    () => records.deleteExpired(10),
    () => bank.records('another').read('a'),
  ]
  for (const call of calls) await expect(call()).rejects.toMatchObject(isGone(name))
}

function copyOf(dir: string): string {
  const copy = join(dirname(dir), 'copy')
  cpSync(dir, copy, { recursive: true })
  return copy
}

describe('all operations fail within a second, with advice in the message,', () => {
  it.each<[string, (dir: string) => void, string]>([
    ['after the folder was removed', (dir) => rmSync(dir, { recursive: true }), 'data.mdb'],
    ['after a folder above it was removed', (dir) => rmSync(dirname(dir), { recursive: true }), 'data.mdb'],
    ['after the folder was moved away', (dir) => renameSync(dir, `${dir}.old`), 'data.mdb'],
    [
      'after a new folder took its place',
      (dir) => {
        rmSync(dir, { recursive: true })
        mkdirSync(dir)
      },
      'data.mdb',
    ],
    [
      'after a copy took its place',
      (dir) => {
        const copy = copyOf(dir)
        renameSync(dir, `${dir}.old`)
        renameSync(copy, dir)
      },
      'data.mdb',
    ],
    ['after only data.mdb was removed', (dir) => unlinkSync(join(dir, 'data.mdb')), 'data.mdb'],
    [
      'after only data.mdb was replaced',
      (dir) => renameSync(join(copyOf(dir), 'data.mdb'), join(dir, 'data.mdb')),
      'data.mdb',
    ],
    ['after only lock.mdb was removed', (dir) => unlinkSync(join(dir, 'lock.mdb')), 'lock.mdb'],
    [
      'after only lock.mdb was replaced',
      (dir) => renameSync(join(copyOf(dir), 'lock.mdb'), join(dir, 'lock.mdb')),
      'lock.mdb',
    ],
  ])('%s', async (_, change, name) => {
    const dir = newFolder()
    const bank = await openWithRecord(dir)
    change(dir)
    jest.advanceTimersByTime(INTERVAL)
    await expectAllToFail(bank, name)
    expect(warnings).toHaveBeenCalledTimes(1)
    expect(warnings.mock.calls[0][0]).toContain(dir)
    await closeBank(bank)
  })

  it('after a link to the folder was switched, but not on a bank opened without the link', async () => {
    const [dir, other] = [newFolder(), newFolder()]
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(dir, link)
    mkdirSync(dir)
    const [direct, linked] = [await openWithRecord(dir), await openWithRecord(link)]
    await closeBank(await openWithRecord(other))
    unlinkSync(link)
    symlinkSync(other, link)
    jest.advanceTimersByTime(INTERVAL)
    await expectAllToFail(linked)
    await write(direct, 'after')
    await closeBank(linked)
    await closeBank(direct)
  })

  onSmallDisk('after its file system was unmounted', async (disk) => {
    const bank = await openWithRecord(join(disk.path, 'sessions'))
    disk.unmount()
    jest.advanceTimersByTime(INTERVAL)
    await expectAllToFail(bank)
    await closeBank(bank)
  })
})

it('a bank keeps working if only other files in its folder change', async () => {
  const dir = newFolder()
  const bank = await openWithRecord(dir)
  mkdirSync(join(dir, 'more'))
  for (let n = 0; n < 3; n++) {
    jest.advanceTimersByTime(INTERVAL)
    await write(bank, `after-${n}`)
  }
  expect(await bank.records('session').count()).toBe(4)
  await closeBank(bank)
})

it('operations keep failing if the folder comes back, because others may have used it meanwhile', async () => {
  const dir = newFolder()
  const bank = await openWithRecord(dir)
  renameSync(dir, `${dir}.away`)
  jest.advanceTimersByTime(INTERVAL)
  await expectAllToFail(bank)
  renameSync(`${dir}.away`, dir)
  jest.advanceTimersByTime(INTERVAL)
  await expectAllToFail(bank)
  expect(warnings).toHaveBeenCalledTimes(1)
  await closeBank(bank)
})

it('a bank reads the current folder after disconnect and connect', async () => {
  const dir = newFolder()
  const bank = await openWithRecord(dir)
  renameSync(dir, `${dir}.away`)
  jest.advanceTimersByTime(INTERVAL)
  await expectAllToFail(bank)
  await closeBank(bank)
  renameSync(`${dir}.away`, dir)
  await new Promise<void>((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve())))
  expect(await bank.records('session').count()).toBe(1)
  await closeBank(bank)
})

describe('a second bank on the path, opened in the same process,', () => {
  it('uses the new folder while the first fails, even if the new folder has the inode of the old one', async () => {
    for (let round = 0; round < 10; round++) {
      const dir = newFolder()
      const first = await openWithRecord(dir)
      rmSync(dir, { recursive: true })
      const second = await openBank({ dir })
      expect(await second.records('session').count()).toBe(0)
      await write(second, 'new')
      jest.advanceTimersByTime(INTERVAL)
      await expectAllToFail(first)
      await closeBank(first)
      await write(second, 'newer')
      await closeBank(second)
      const again = await openBank({ dir })
      expect(await again.records('session').count()).toBe(2)
      await closeBank(again)
    }
  })

  it.each(['data.mdb', 'lock.mdb'])('is rejected if only %s was removed, until the first is closed', async (name) => {
    const dir = newFolder()
    const first = await openWithRecord(dir)
    const copy = copyOf(dir)
    unlinkSync(join(dir, name))
    await expect(openBank({ dir })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(/data\.mdb or lock\.mdb.*removed or replaced.*restart/),
    })
    renameSync(join(copy, name), join(dir, name))
    await expect(openBank({ dir })).rejects.toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED' })
    await closeBank(first)
    const second = await openBank({ dir })
    expect(await second.records('session').count()).toBe(1)
    await closeBank(second)
  })

  it('waits if the first is being closed', async () => {
    const dir = newFolder()
    const first = await openWithRecord(dir)
    unlinkSync(join(dir, 'lock.mdb'))
    const [, second] = await Promise.all([closeBank(first), openBank({ dir })])
    expect(await second.records('session').count()).toBe(1)
    await closeBank(second)
  })
})

// The child process finds its open files there.
const withProc = existsSync('/proc/self/fd') ? it : it.skip
withProc('a link that is switched continually never makes a bank open files of two folders', async () => {
  const [a, b] = [newFolder(), newFolder()]
  const link = join(temporaryDirectory(), 'link')
  for (const dir of [a, b]) await closeBank(await openBank({ dir }))
  symlinkSync(a, link)
  const switching = spawn(process.execPath, [pathOf('switch-link.cjs'), link, a, b], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(switching.stdout, 'data')
  const counts = await run('open-often.cjs', link, '300').finally(() => switching.kill('SIGKILL'))
  expect(JSON.parse(counts)).toMatchObject({ mixed: 0 })
})
