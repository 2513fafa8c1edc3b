import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onSmallDisk } from '@sessionbank/test-servers'
import { open } from 'lmdb'
import { closeBank, openBank, pathOf, run, temporaryDirectory } from './fixtures.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

it('a missing folder and its parents are created, accessible to their owner only', async () => {
  const dir = join(temporaryDirectory(), 'a', 'b.c', 'sessions.d')
  await closeBank(await openBank({ dir }))
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect(readdirSync(dir).sort()).toEqual(['data.mdb', 'lock.mdb'])
  for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o077).toBe(0)
})

it('opening fails clearly if the folder is a file, or is below one', async () => {
  const file = join(temporaryDirectory(), 'file')
  writeFileSync(file, '')
  for (const dir of [file, join(file, 'below')]) {
    await expect(openBank({ dir })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('is a file'),
    })
  }
})

// Runs in a child process, which can be killed if it hangs.
const withProc = existsSync('/proc/self') ? it : it.skip
withProc('opening fails clearly, and does not hang, if the folder cannot be created', async () => {
  for (const dir of ['/proc/sessions', '/proc/sessions/a/b', '/sys/sessions']) {
    expect(JSON.parse(await run('connect.cjs', dir))).toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(/no folder can be created there|may not write there|is read-only/),
    })
  }
})

it('opening fails clearly if a link leads nowhere or forms a loop', async () => {
  const dir = temporaryDirectory()
  const [nowhere, circle] = [join(dir, 'nowhere'), join(dir, 'circle')]
  symlinkSync(join(dir, 'gone'), nowhere)
  symlinkSync(circle, circle)
  for (const [link, reason] of [
    [nowhere, 'a symbolic link to nothing'],
    [circle, 'form a loop'],
  ] as const) {
    for (const path of [link, join(link, 'a', 'b')]) {
      await expect(openBank({ dir: path })).rejects.toMatchObject({
        code: 'SESSIONBANK_CONNECT_FAILED',
        message: expect.stringContaining(reason),
      })
    }
  }
  mkdirSync(join(dir, 'gone'))
  await closeBank(await openBank({ dir: join(nowhere, 'a', 'b') }))
  expect(existsSync(join(dir, 'gone', 'a', 'b', 'data.mdb'))).toBe(true)
})

it('opening fails clearly if the path is too long', async () => {
  await expect(openBank({ dir: join(temporaryDirectory(), 'x'.repeat(300)) })).rejects.toMatchObject({
    code: 'SESSIONBANK_CONNECT_FAILED',
    message: expect.stringContaining('too long'),
  })
})

it('several processes can create the same folders at once', async () => {
  const dir = join(temporaryDirectory(), 'a', 'b', 'c')
  const answers = await Promise.all(Array.from({ length: 4 }, () => run('connect.cjs', dir)))
  expect(answers).toEqual(Array(4).fill('{}'))
})

it('opening fails clearly if data.mdb is from another program, and leaves it unchanged', async () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'data.mdb'), 'precious '.repeat(1_000))
  await expect(openBank({ dir })).rejects.toMatchObject({
    code: 'SESSIONBANK_CONNECT_FAILED',
    message: expect.stringContaining('another program'),
  })
  expect(statSync(join(dir, 'data.mdb')).size).toBe(9_000)
})

it('opening fails clearly if data.mdb or lock.mdb is a folder', async () => {
  for (const name of ['data.mdb', 'lock.mdb']) {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, name))
    await expect(openBank({ dir })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('is not a file'),
    })
  }
})

it('opening fails clearly if another version of this package wrote the folder', async () => {
  const dir = temporaryDirectory()
  await closeBank(await openBank({ dir }))
  const root = open({ path: dir, noSubdir: false, overlappingSync: false, encoding: 'string' })
  await root.openDB({ name: 'meta', encoding: 'string', useVersions: true }).put('format', '2', 1)
  await root.close()
  await expect(openBank({ dir })).rejects.toMatchObject({
    code: 'SESSIONBANK_CONNECT_FAILED',
    message: expect.stringContaining('another version'),
  })
})

it('opening succeeds after a failure whose cause is gone', async () => {
  const dir = join(temporaryDirectory(), 'sessions')
  writeFileSync(dir, '')
  await expect(openBank({ dir })).rejects.toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED' })
  rmSync(dir)
  await closeBank(await openBank({ dir }))
})

it('opening fails clearly if the process may not write there', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'databank-disk-'))
  const dir = join(parent, 'sessions')
  mkdirSync(dir)
  for (const path of [dir, parent]) chmodSync(path, 0o555)
  // Root may write anywhere.
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  try {
    for (const path of [dir, join(parent, 'new')]) {
      const { stdout } = await promisify(execFile)(process.execPath, [pathOf('connect.cjs'), path], user)
      expect(JSON.parse(stdout)).toMatchObject({
        code: 'SESSIONBANK_CONNECT_FAILED',
        message: expect.stringContaining('may not write'),
      })
    }
  } finally {
    for (const path of [parent, dir]) chmodSync(path, 0o755)
    rmSync(parent, { recursive: true })
  }
})

onSmallDisk(
  'on a full disk a write fails clearly, stored records stay, and writes succeed once there is space',
  async ({ path }) => {
    const ballast = join(path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1_000_000))
    const dir = join(path, 'sessions')
    const { stdout } = await promisify(execFile)(process.execPath, [pathOf('fill-up.cjs'), dir, ballast])
    expect(JSON.parse(stdout)).toEqual({
      name: 'OperationError',
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('the disk is full'),
      kept: true,
      readable: true,
    })
  },
)

onSmallDisk('opening fails clearly if the file system is read-only', async ({ path }) => {
  const there = join(path, 'there')
  mkdirSync(there)
  execFileSync('mount', ['-o', 'remount,ro', path])
  for (const dir of [there, join(path, 'new', 'below')]) {
    await expect(openBank({ dir })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('is read-only'),
    })
  }
})

onSmallDisk('opening fails clearly if the disk has no space for the first files', async ({ path }) => {
  const ballast = join(path, 'ballast')
  for (const room of [0, 8_192, 40_960, 45_056, 49_152]) {
    const dir = join(path, `new-${room}`)
    mkdirSync(dir)
    rmSync(ballast, { force: true })
    const free = Number(execFileSync('df', ['--output=avail', '-B1', path]).toString().split('\n')[1])
    writeFileSync(ballast, Buffer.alloc(free - room))
    const answer = JSON.parse(await run('connect.cjs', dir))
    if ('code' in answer) expect(answer.message).toContain('the disk is full')
    else expect(room).toBeGreaterThan(0)
    rmSync(dir, { recursive: true })
  }
})
