import {
  describeWith,
  type RedisClusterServer,
  type RedisProcess,
  type RedisSentinelServer,
  redisCluster,
  redisSentinel,
} from '@sessionbank/test-servers'
import type { RedisDatabank } from '../src/index.ts'
import { closeBank, LIBRARIES, openBank } from './bank.ts'

const KEY = 'fail-over:some-key'

type Written = Map<string, string>

/** Writes until the signal, and records the acknowledged writes. */
async function writeOn(bank: RedisDatabank, worker: string, written: Written, signal: AbortSignal): Promise<void> {
  const records = bank.records('fail-over')
  for (let n = 0; !signal.aborted; n++) {
    const id = `${worker}-${n}`
    const json = JSON.stringify({ id })
    try {
      await records.write(id, json, { expires: null, ifRevision: null })
      written.set(id, json)
    } catch (error) {
      expect((error as { code?: string }).code).toMatch(/^SESSIONBANK_(UNKNOWN_OUTCOME|OPERATION_FAILED)$/)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function allLost(bank: RedisDatabank, written: Written): Promise<string[]> {
  const records = bank.records('fail-over')
  const found = await Promise.all([...written].map(async ([id, json]) => (await records.read(id))?.json === json))
  return [...written.keys()].filter((_, n) => !found[n])
}

describeWith(redisCluster, (server) => {
  it.each(LIBRARIES)(
    'a bank works after a master was killed, and no write confirmed by a replica is lost (%s)',
    async (library) => {
      const cluster = server() as RedisClusterServer
      const bank = await openBank({ url: cluster.url, library, timeout: 20_000, wait: { replicas: 1, timeout: 1_000 } })
      const stop = new AbortController()
      try {
        const written: Written = new Map()
        const workers = Array.from({ length: 6 }, (_, n) => writeOn(bank, `${library}-${n}`, written, stop.signal))
        const records = bank.records('fail-over')
        while (written.size < 100) await new Promise((resolve) => setTimeout(resolve, 10))
        const master = cluster.masterOf(KEY) as RedisProcess
        await master.halt('SIGKILL')
        // The new master has no replica that could confirm a write until the old master is back.
        for (let next = cluster.masterOf(KEY); next === null || next === master; next = cluster.masterOf(KEY)) {
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
        await master.resume()
        const before = written.size
        while (written.size < before + 100) await new Promise((resolve) => setTimeout(resolve, 10))
        stop.abort()
        await Promise.all(workers)
        expect(await allLost(bank, written)).toEqual([])
        expect(await records.count()).toBeGreaterThanOrEqual(written.size)
        await records.clear()
      } finally {
        stop.abort()
        await closeBank(bank)
      }
    },
    60_000,
  )

  it('a write has an unknown outcome if too few replicas confirm it', async () => {
    const bank = await openBank({ url: server().url, wait: { replicas: 5, timeout: 100 } })
    try {
      const records = bank.records('wait')
      await expect(records.write('a', '{}', { expires: null })).rejects.toMatchObject({
        code: 'SESSIONBANK_UNKNOWN_OUTCOME',
      })
      await expect(records.delete('nobody')).resolves.toBe(false)
      await expect(records.read('a')).resolves.toMatchObject({ json: '{}' })
    } finally {
      await closeBank(bank)
    }
  })
})

for (const library of LIBRARIES) {
  describeWith(redisSentinel, (server) => {
    it(`a bank uses the new master that Sentinel chose (${library})`, async () => {
      const { url, nodes } = server() as RedisSentinelServer
      const bank = await openBank({ url, library, timeout: 20_000, wait: { replicas: 1 } })
      try {
        const records = bank.records('fail-over')
        expect(await records.write('a', '{"n":1}', { expires: null })).not.toBeNull()
        await nodes[0]?.halt('SIGKILL')
        expect((await records.read('a'))?.json).toBe('{"n":1}')
        await closeBank(bank)
        const other = await openBank({ url, library, timeout: 20_000 })
        expect(await other.records('fail-over').write('b', '{"n":2}', { expires: null })).not.toBeNull()
        await closeBank(other)
      } finally {
        if (bank.connected) await closeBank(bank)
      }
    }, 60_000)
  })
}
