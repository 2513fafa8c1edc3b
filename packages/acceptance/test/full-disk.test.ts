import { execFile, execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '@sessionbank/test-servers'

const PROGRAM = join(__dirname, '..', 'src', 'children', 'fill-the-disk.mjs')

/** A small disk needs a mount, which only root may do, and not in every container. */
function mountSmallDisk(): string | null {
  const folder = temporaryFolder('small-disk')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder.path], { stdio: 'ignore' })
    return folder.path
  } catch {
    folder.remove()
    return null
  }
}

const disk = mountSmallDisk()
if (disk === null) console.warn('the test of a full disk is skipped: mounting a tmpfs is not permitted here')

afterAll(() => {
  if (disk === null) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

const withSmallDisk = disk === null ? it.skip : it

withSmallDisk('a full disk is a clear error, what was saved is there, and with more room it goes on', async () => {
  const ballast = join(disk as string, 'ballast')
  writeFileSync(ballast, Buffer.alloc(1_000_000))

  // Rejects where the program crashes; on stderr the library lmdb tells of the error too.
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, `disk:${disk}/sessions`, ballast])

  expect(JSON.parse(stdout)).toEqual({
    code: 'SESSIONBANK_OPERATION_FAILED',
    message: expect.stringContaining('the disk is full'),
    some: true,
    readable: true,
    goesOn: true,
  })
})
