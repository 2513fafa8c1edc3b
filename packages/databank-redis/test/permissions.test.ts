import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeWith, redis } from '@sessionbank/test-servers'
import { closeBank, LIBRARIES, openBank } from './bank.ts'

/** Runs the guide's command that grants a user its rights. */
function setUser(port: number): void {
  const guide = readFileSync(join(__dirname, '../../../docs/guides/redis.md'), 'utf8')
  const command = /```sh\n(redis-cli ACL SETUSER .*?)```/s.exec(guide)?.[1]
  if (command === undefined) throw new Error('the guide has no ACL SETUSER')
  execFileSync('sh', ['-c', command.replace('redis-cli', `redis-cli -p ${port} -e`)])
}

describeWith(redis, (server) => {
  it.each(LIBRARIES)('a bank works for a user with the rights in the guide (%s)', async (library) => {
    setUser(server().port)
    const url = `redis://app:secret@127.0.0.1:${server().port}`
    const bank = await openBank({ url, library, schema: { session: { indices: ['user'] } } })
    try {
      const records = bank.records('session')
      const first = (await records.write('a', '{"user":"ann"}', { expires: null })) as string
      const revision = (await records.write('a', '{"user":"bob"}', { expires: null, ifRevision: first })) as string
      expect(await records.touch('a', Date.now() + 60_000, { ifRevision: revision })).toBe(true)
      expect(await records.touch('a', null)).toBe(true)
      for await (const [id] of records.find('user', 'ann')) expect(id).toBe('none')
      expect(await records.count()).toBe(1)
      expect(await records.delete('a')).toBe(true)
      await records.clear()
      await expect(bank.records('other').read('a')).rejects.toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
        message: expect.stringContaining('NOPERM'),
      })
    } finally {
      await closeBank(bank)
    }
  })

  it('a forbidden write is reported as such, even if it is sent together with others', async () => {
    const rules = ['reset', 'on', '>x', '~*', '+@all', '-set']
    execFileSync('redis-cli', ['-p', String(server().port), 'ACL', 'SETUSER', 'no-set', ...rules])
    const bank = await openBank({ url: `redis://no-set:x@127.0.0.1:${server().port}` })
    const write = (id: string) => bank.records('session').write(id, '{}', { expires: null })
    for (const { reason } of (await Promise.allSettled(['a', 'b', 'c'].map(write))) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({
        code: 'SESSIONBANK_OPERATION_FAILED',
        message: expect.stringContaining('SET with NOPERM'),
      })
    }
    await closeBank(bank)
  })

  it.each(LIBRARIES)('a forbidden WAIT is reported as such, not as slow replicas (%s)', async (library) => {
    const rules = ['reset', 'on', '>x', '~*', '+@all', '-wait']
    execFileSync('redis-cli', ['-p', String(server().port), 'ACL', 'SETUSER', 'no-wait', ...rules])
    const url = `redis://no-wait:x@127.0.0.1:${server().port}`
    const bank = await openBank({ url, library, wait: { replicas: 1 } })
    await expect(bank.records('session').write('a', '{}', { expires: null })).rejects.toMatchObject({
      code: 'SESSIONBANK_UNKNOWN_OUTCOME',
      message: expect.stringContaining('Redis refused WAIT with NOPERM'),
    })
    await closeBank(bank)
  })
})
