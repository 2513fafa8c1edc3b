import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openDatabank, SessionStore } from '@sessionbank/session-core'
import { rounds, temporaryFolder } from '@sessionbank/test-servers'

const WRITER = join(__dirname, '..', 'src', 'children', 'endless-writer.mjs')
const ROUNDS = rounds(8, 50)
const LANES_OF_A_WRITER = 8

/** Runs a writing process, kills it at a random point, and returns its acknowledged writes. */
async function writeAndKill(url: string, prefix: string): Promise<{ versions: Map<string, number>; shared: number }> {
  const writer = spawn(process.execPath, [WRITER, url, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  const versions = new Map<string, number>()
  let shared = 0
  const enough = 20 + Math.random() * 100
  for await (const line of createInterface({ input: writer.stdout })) {
    const [sid, n] = line.split(' ') as [string, string]
    if (sid === 'shared') shared++
    else versions.set(sid, Number(n))
    if (versions.size + shared >= enough) writer.kill('SIGKILL')
  }
  return { versions, shared }
}

it('processes killed while writing lose no acknowledged write, and do not disturb other processes', async () => {
  const folder = temporaryFolder('kills')
  const url = `disk:${folder.path}`
  const bank = await openDatabank(url)
  const quiet = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
  const cookie = { originalMaxAge: 3_600_000, path: '/' }
  try {
    await quiet.save('shared', { n: 0, cookie })
    await quiet.save('quiet', { n: 0, cookie })
    let [least, most] = [0, 0]
    for (let round = 1; round <= ROUNDS; round++) {
      const { versions, shared } = await writeAndKill(url, `round-${round}`)
      least += shared
      most += shared + LANES_OF_A_WRITER

      expect(await quiet.update('quiet', (session) => void session.n++)).toMatchObject({ n: round })
      const lost: string[] = []
      for (const [sid, n] of versions) if (((await quiet.load(sid))?.n ?? 0) < n) lost.push(sid)
      expect(lost).toEqual([])
      const sum = (await quiet.load('shared'))?.n
      expect(sum).toBeGreaterThanOrEqual(least)
      expect(sum).toBeLessThanOrEqual(most)
      // Includes writes that were in flight when the writer was killed.
      ;[least, most] = [sum, sum]
    }
  } finally {
    await quiet.close()
    await bank.disconnect()
    folder.remove()
  }
}, 240_000)
