import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isCutOff } from '../src/data-file.ts'
import { closeBank, openBank, pathOf, run, temporaryDirectory } from './fixtures.ts'

const SCHEMA = { session: { indices: ['user'] } }
const RECORDS = 2_000

interface File {
  dir: string
  path: string
  whole: Buffer
  pageSize: number
}

/** Returns a file with many used pages. If `free` is true, the pages before and after them are free. */
async function makeFile(free = false): Promise<File> {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir, schema: SCHEMA })
  const json = JSON.stringify({ user: 'ann', pad: 'x'.repeat(200) })
  const ids = Array.from({ length: RECORDS }, (_, n) => `id-${n}`)
  const fill = (type: string) => Promise.all(ids.map((id) => bank.records(type).write(id, json, { expires: null })))
  if (free) await fill('before')
  await fill('session')
  if (free) {
    await fill('after')
    for (const type of ['before', 'after']) await bank.records(type).clear()
    // Pages become free after some more transactions, which reuse the first free pages.
    for (let n = 0; n < 10; n++) await bank.records('session').touch('id-0', Date.now() + 3_600_000)
  }
  await closeBank(bank)
  const path = join(dir, 'data.mdb')
  const whole = readFileSync(path)
  return { dir, path, whole, pageSize: whole.readUInt32LE(48) }
}

it('a truncated file is rejected, wherever it was cut, and does not crash the process', async () => {
  const { dir, path, whole, pageSize } = await makeFile()
  const pages = whole.length / pageSize
  const cuts = [
    31,
    100,
    pageSize,
    pageSize + 1_000,
    2 * pageSize,
    3 * pageSize,
    ...[0.1, 0.5, 0.9].map((part) => Math.floor(pages * part) * pageSize),
  ]
  for (const length of [...cuts, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, length))
    expect(JSON.parse(await run('use-all.cjs', dir))).toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('is damaged'),
    })
  }
  writeFileSync(path, whole)
  expect(JSON.parse(await run('use-all.cjs', dir))).toEqual({ count: RECORDS })
}, 60_000)

it('a file that lacks only free pages at its end is accepted, because LMDB may not have written them', async () => {
  const { dir, path, whole, pageSize } = await makeFile(true)
  const isRefusedAt = (page: number) => {
    writeFileSync(path, whole.subarray(0, page * pageSize))
    return looksCutOff(path)
  }
  let page = whole.length / pageSize
  while (!isRefusedAt(page - 1)) page--
  expect(page).toBeLessThan(whole.length / pageSize - 20)
  writeFileSync(path, whole.subarray(0, page * pageSize))
  expect(JSON.parse(await run('use-all.cjs', dir))).toEqual({ count: RECORDS })
}, 60_000)

it('a file is accepted while other processes write to it, and after a writer was killed', async () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'data.mdb')
  for (let round = 0; round < 3; round++) {
    const writer = spawn(process.execPath, [pathOf('write-until-killed.cjs'), dir, `round-${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await lookWhileWriting(writer, path).finally(() => writer.kill('SIGKILL'))
    expect(looksCutOff(path)).toBe(false)
    await closeBank(await openBank({ dir, schema: SCHEMA }))
  }
}, 60_000)

async function lookWhileWriting(writer: ChildProcess, path: string): Promise<void> {
  let lines = 0
  const gone = once(writer, 'exit')
  for await (const _ of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
    if (lines++ % 10 === 0) expect(looksCutOff(path)).toBe(false)
    if (lines === 3_000) writer.kill('SIGKILL')
  }
  await gone
}

/** The folder must not be open in this process. */
function looksCutOff(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    return isCutOff(file)
  } finally {
    closeSync(file)
  }
}
