import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DiskDatabank, type DiskParams } from '../src/index.ts'

const made: string[] = []

afterAll(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** Returns a new folder, which is removed after the tests of the file. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'databank-disk-'))
  made.push(dir)
  return dir
}

export function openBank(params: DiskParams): Promise<DiskDatabank> {
  const bank = new DiskDatabank(params)
  return new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve(bank))))
}

export function closeBank(bank: DiskDatabank): Promise<void> {
  return new Promise((resolve, reject) => bank.disconnect((error) => (error ? reject(error) : resolve())))
}

/** Runs a program of this folder, which uses the built driver. Returns its output. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [pathOf(program), ...args], {
    timeout: 25_000,
  })
  expect(stderr).toBe('')
  return stdout
}

export function pathOf(program: string): string {
  return join(__dirname, program)
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
