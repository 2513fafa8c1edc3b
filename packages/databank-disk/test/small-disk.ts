import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of 4 MB; null where it cannot be had: it needs a mount, which only root may do, and not in every container. */
export function mountSmallDisk(): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'databank-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir], { stdio: 'ignore' })
    return dir
  } catch {
    rmSync(dir, { recursive: true })
    return null
  }
}

const disk = mountSmallDisk()

if (disk === null) console.warn('the tests on a small disk are skipped: mounting a tmpfs is not permitted here')

afterAll(() => {
  if (disk === null) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

/** The folder of a small disk that the tests of this file share. */
export const smallDisk = disk as string

/** `it` for a test that needs the small disk. */
export const withSmallDisk = disk === null ? it.skip : it

/** Takes the disk away, even from under open files. */
export function detach(dir: string): void {
  execFileSync('umount', ['-l', dir])
  rmSync(dir, { recursive: true })
}
