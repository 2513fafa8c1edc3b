import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onSmallDisk } from '@sessionbank/test-servers'

const PROGRAM = join(__dirname, '..', 'src', 'children', 'fill-the-disk.mjs')

onSmallDisk(
  'a full disk is a clear error, saved sessions stay, and saves succeed once there is space',
  async ({ path }) => {
    const ballast = join(path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1_000_000))

    // Rejects if the program crashes. Ignores stderr, because lmdb also prints the error there.
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, `disk:${path}/sessions`, ballast])

    expect(JSON.parse(stdout)).toEqual({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('the disk is full'),
      some: true,
      readable: true,
      goesOn: true,
    })
  },
)
