import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeWith, freePort, redis, redisCluster, redisSentinel } from '@sessionbank/test-servers'
import { LIBRARIES } from './bank.ts'

const PROGRAM = join(__dirname, 'connect-and-disconnect.cjs')

async function run(url: string, library: string) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, url, library], { timeout: 50_000 })
  return { stdout, stderr }
}

for (const kind of [redis, redisCluster, redisSentinel]) {
  describeWith(kind, (server) => {
    it.each(LIBRARIES)(
      'a process ends by itself after disconnect (%s)',
      async (library) => {
        expect(await run(server().url, library)).toEqual({ stdout: 'done', stderr: '' })
      },
      60_000,
    )

    it.each(LIBRARIES)(
      'a process ends by itself after it could not connect (%s)',
      async (library) => {
        const url = server().url.replaceAll(/:\d+/g, `:${await freePort()}`)
        expect(await run(url, library)).toEqual({ stdout: 'SESSIONBANK_CONNECT_FAILED', stderr: '' })
      },
      60_000,
    )
  })
}
