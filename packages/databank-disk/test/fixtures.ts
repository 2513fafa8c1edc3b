import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiskDatabank, type DiskParams } from '../src/index.ts'

/** A folder that is gone after the tests of this file. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'databank-disk-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export function openBank(params: DiskParams): Promise<DiskDatabank> {
  const bank = new DiskDatabank(params)
  return new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve(bank))))
}

export function closeBank(bank: DiskDatabank): Promise<void> {
  return new Promise((resolve, reject) => bank.disconnect((error) => (error ? reject(error) : resolve())))
}
