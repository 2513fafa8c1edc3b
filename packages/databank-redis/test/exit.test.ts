import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeWith, freePort, redis, redisCluster, redisSentinel } from '@sessionbank/test-servers'
import { LIBRARIES } from './bank.ts'
import { proxyTo } from './proxy.ts'

const PROGRAM = join(__dirname, 'connect-and-disconnect.cjs')

async function run(url: string, library: string) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, url, library], { timeout: 50_000 })
  return { stdout, stderr }
}

for (const kind of [redis, redisCluster, redisSentinel]) {
  describeWith(kind, (server) => {
    it.each(LIBRARIES)(
      'a process ends after disconnect (%s)',
      async (library) => {
        expect(await run(server().url, library)).toEqual({ stdout: 'done', stderr: '' })
      },
      60_000,
    )

    it.each(LIBRARIES)(
      'a process ends after it failed to connect (%s)',
      async (library) => {
        const url = server().url.replaceAll(/:\d+/g, `:${await freePort()}`)
        expect(await run(url, library)).toEqual({ stdout: 'SESSIONBANK_CONNECT_FAILED', stderr: '' })
      },
      60_000,
    )
  })
}

describeWith(redis, (server) => {
  it.each(LIBRARIES)(
    'a process stays alive until its read from a silent server has failed, then ends (%s)',
    async (library) => {
      const proxy = await proxyTo(server().port)
      const script = join(__dirname, 'wait-for-silent-server.cjs')
      const child = fork(script, [String(proxy.port), library], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
      try {
        let output = ''
        child.stdout?.on('data', (chunk) => (output += chunk))
        await once(child, 'message')
        proxy.silence()
        child.send('go')
        await once(child, 'close')
        expect(output).toBe('SESSIONBANK_TIMEOUT')
      } finally {
        child.kill('SIGKILL')
        await proxy.close()
      }
    },
  )
})
