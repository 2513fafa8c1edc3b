import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeWith, redis, redisCluster, redisSentinel } from '@sessionbank/test-servers'
import { LIBRARIES } from './bank.ts'

for (const kind of [redis, redisCluster, redisSentinel]) {
  describeWith(kind, (server) => {
    it.each(LIBRARIES)('a process ends by itself after disconnect (%s)', async (library) => {
      const program = join(__dirname, 'connect-and-disconnect.cjs')
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, server().url, library], {
        timeout: 10_000,
      })
      expect(stderr).toBe('')
      expect(stdout).toBe('done')
    })
  })
}
