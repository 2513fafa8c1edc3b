import { execFileSync } from 'node:child_process'
import { describeWith, type RedisClusterServer, redis, redisCluster } from '@sessionbank/test-servers'
import { closeBank, LIBRARIES, openBank } from './bank.ts'

for (const kind of [redis, redisCluster]) {
  describeWith(kind, (server) => {
    const ports = () => (server() as RedisClusterServer).nodes?.map(({ port }) => port) ?? [server().port]

    it.each(LIBRARIES)('every node caches the scripts again after SCRIPT FLUSH (%s)', async (library) => {
      const bank = await openBank({ url: server().url, library })
      try {
        const records = bank.records('scripts')
        const ids = Array.from({ length: 24 }, (_, n) => `id-${n}`)
        const revisions = await Promise.all(ids.map((id) => records.write(id, `{"id":"${id}"}`, { expires: null })))
        for (const port of ports()) execFileSync('redis-cli', ['-p', String(port), 'script', 'flush'])
        const read = await Promise.all(ids.map((id) => records.read(id)))
        expect(read.map((record) => record?.revision)).toEqual(revisions)
        for (const port of ports()) execFileSync('redis-cli', ['-p', String(port), 'script', 'flush'])
        const written = await Promise.all(
          ids.map((id, n) => records.write(id, '{"n":2}', { expires: null, ifRevision: revisions[n] as string })),
        )
        expect(written).not.toContain(null)
        await records.clear()
      } finally {
        await closeBank(bank)
      }
    })
  })
}
