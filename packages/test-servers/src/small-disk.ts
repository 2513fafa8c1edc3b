import { execFileSync } from 'node:child_process'
import { temporaryFolder } from './launch.ts'

interface JestGlobals {
  it: ((name: string, body: () => Promise<void>) => void) & { skip(name: string, body: () => void): void }
}

/** A disk of 4 MB. */
export interface SmallDisk {
  /** The mount point. */
  path: string
  /** Unmounts it, even if files on it are open. */
  unmount(): void
}

/** Mounts a small disk. Throws if that is not permitted: only root may, and not in every container. */
function mountSmallDisk(): SmallDisk {
  const { path, remove } = temporaryFolder('small-disk')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'pipe' })
  } catch (error) {
    remove()
    throw error
  }
  let isMounted = true
  const unmount = () => {
    if (!isMounted) return
    isMounted = false
    execFileSync('umount', ['-l', path])
    remove()
  }
  return { path, unmount }
}

/**
 * Defines a test with its own small disk. If none can be mounted, the test is skipped, with a line that says so. In CI
 * that is a failure on Linux as root.
 */
export function onSmallDisk(name: string, body: (disk: SmallDisk) => Promise<void>): void {
  const { it } = globalThis as unknown as JestGlobals
  const isExpected = process.env.CI && process.platform === 'linux' && process.getuid?.() === 0
  if (!isExpected && !canMount()) {
    console.warn(`skipped: ${name}: mounting a tmpfs is not permitted here`)
    it.skip(name, () => {})
    return
  }
  it(name, async () => {
    const disk = mountSmallDisk()
    try {
      await body(disk)
    } finally {
      disk.unmount()
    }
  })
}

function canMount(): boolean {
  try {
    mountSmallDisk().unmount()
    return true
  } catch {
    return false
  }
}
