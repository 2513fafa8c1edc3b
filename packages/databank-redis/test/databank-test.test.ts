import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeWith, redis, redisCluster, valkey } from '@sessionbank/test-servers'

for (const kind of [redis, redisCluster, valkey]) {
  describeWith(kind, (server) => {
    it('the driver passes databank’s own suite', async () => {
      const suite = join(__dirname, 'run-databank-test.cjs')
      const { stdout } = await promisify(execFile)(process.execPath, [suite, server().url], { timeout: 90_000 })
      const result = JSON.parse(stdout)
      expect(result).toMatchObject({ broken: 0, errored: 0 })
      expect(result.honored).toBeGreaterThan(0)
    }, 100_000)
  })
}
