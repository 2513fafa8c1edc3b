import { tmpdir } from 'node:os'
import { describeWith, mongodb, postgres, redis, temporaryFolder } from '@sessionbank/test-servers'
import { type Bundle, bundleOf, type Format, type Outside } from '../src/bundle.ts'
import { Client } from '../src/client.ts'
import { type AppProcess, startApp } from '../src/several-processes.ts'

const LMDB: Outside = { name: 'lmdb', of: 'databank-disk' }
const FORMATS: Format[] = ['esm', 'cjs']

/** Runs a bundle from its folder, without the packages that pnpm makes visible to Jest. */
function run({ file, folder }: Bundle, url: string): Promise<AppProcess> {
  const { NODE_PATH: _, ...env } = process.env
  return startApp(file, [url], { cwd: folder, env, execArgv: [] })
}

async function withBundle(
  [script, format, outside]: Parameters<typeof bundleOf>,
  use: (bundle: Bundle) => Promise<void>,
): Promise<void> {
  const bundle = await bundleOf(script, format, outside)
  try {
    await use(bundle)
  } finally {
    bundle.remove()
  }
}

function app(imports: string, open: string): string {
  return `import { serve } from './bundled-app.mjs'\n${imports}\nserve((url) => ${open})`
}

const MEMORY_APP = app("import { openDatabank } from '@sessionbank/express-databank-store'", 'openDatabank(url)')
const DISK_APP = app("import { DiskDatabank } from '@sessionbank/databank-disk'", 'DiskDatabank.open({ url })')
const REDIS_APP = app(
  `import { RedisDatabank } from '@sessionbank/databank-redis'
  import * as redis from 'redis'`,
  'RedisDatabank.open({ url, library: redis, retry: 60_000 })',
)
const POSTGRES_APP = app(
  `import { PostgresDatabank } from '@sessionbank/databank-postgres'
  import * as pg from 'pg'`,
  'PostgresDatabank.open({ url, library: pg, retry: 60_000 })',
)
const MONGODB_APP = app(
  `import { MongodbDatabank } from '@sessionbank/databank-mongodb'
  import * as mongodb from 'mongodb'`,
  'MongodbDatabank.open({ url, library: mongodb, retry: 60_000 })',
)

function keepsSessions(script: string, url: () => string, outside: Outside[] = []): void {
  it.each(FORMATS)('keeps a login until the logout, and has each error class once (%s)', (format) =>
    withBundle([script, format, outside], async (bundle) => {
      const process = await run(bundle, url())
      try {
        const client = new Client(process)
        await client.send('login')
        expect(await client.send('user')).toBe('ann')
        const copy = client.copy()
        await client.send('logout')
        expect(await copy.send('user')).toBeNull()
        expect(await client.send('refusal')).toEqual({ isOurs: true, code: 'SESSIONBANK_INVALID_OPTION' })
      } finally {
        await process.close()
      }
    }),
  )
}

describe('an app in one file', () => {
  describe('with memory:, by its URL,', () => keepsSessions(MEMORY_APP, () => 'memory:'))

  describe('with a disk bank, and lmdb beside it,', () => {
    const data = temporaryFolder('bundle-data')
    afterAll(() => data.remove())
    keepsSessions(DISK_APP, () => `disk:${data.path}`, [LMDB])
  })

  describeWith(redis, (server) => keepsSessions(REDIS_APP, () => server().url))
  describeWith(postgres, (server) => keepsSessions(POSTGRES_APP, () => server().url))
  describeWith(mongodb, (server) => keepsSessions(MONGODB_APP, () => server().url))

  it.each(FORMATS)('gets advice if openDatabank cannot load the driver by name (%s)', (format) =>
    withBundle([MEMORY_APP, format], async (bundle) => {
      const process = await run(bundle, 'memory:')
      try {
        for (const [url, name] of [
          ['disk:./never-opened', 'Disk'],
          ['redis://ann:pa55word@127.0.0.1', 'Redis'],
          ['mongodb://ann:pa55word@127.0.0.1/app', 'Mongodb'],
          ['couchbase://ann:pa55word@127.0.0.1/app', 'Couchbase'],
          ['postgres://ann:pa55word@127.0.0.1/app', 'Postgres'],
        ]) {
          const { code, message } = await new Client(process).send('by-url', { url })
          expect(code).toBe('SESSIONBANK_MISSING_DRIVER')
          expect(message).toContain(`which a bundle cannot load by its name: import { ${name}Databank } from`)
          expect(message).toContain(`${name}Databank.open()`)
          expect(message).not.toMatch(/npm install|pa55word/)
        }
      } finally {
        await process.close()
      }
    }),
  )

  it.each(FORMATS)('gets advice if the driver cannot load its client by name (%s)', (format) => {
    const opened = [
      ['redis', 'Redis', 'redis://127.0.0.1', 'redis'],
      ['postgres', 'Postgres', 'postgres://127.0.0.1/app', 'pg'],
      ['mongodb', 'Mongodb', 'mongodb://127.0.0.1/app', 'mongodb'],
      ['couchbase', 'Couchbase', 'couchbase://ann:pa55word@127.0.0.1/app', 'couchbase'],
    ] as const
    const script = opened.map(
      ([driver, name, url]) => `
        import { ${name}Databank } from '@sessionbank/databank-${driver}'
        ${name}Databank.open({ url: '${url}' }).catch(({ code, message }) => console.error(code, message))`,
    )
    return withBundle([script.join('\n'), format], async (bundle) => {
      const failure: Error = await run(bundle, '').then(
        () => new Error('it has opened a bank'),
        (error) => error,
      )
      for (const [, , , library] of opened) {
        expect(failure.message).toContain(
          `SESSIONBANK_MISSING_CLIENT a bundle cannot load the package "${library}" by its name`,
        )
        expect(failure.message).toContain(`open({ url, library: ${library} })`)
      }
      expect(failure.message).not.toMatch(/npm install|pa55word/)
    })
  })

  it.each(FORMATS)('gets advice if lmdb is part of the bundle (%s)', (format) =>
    withBundle([DISK_APP, format], async (bundle) => {
      const failure = await run(bundle, `disk:${tmpdir()}/never-opened`).then(
        () => null,
        (error) => error.message,
      )
      expect(failure).toMatch(/"lmdb" does not load from the bundle .*: mark it as external, and install it beside/)
    }),
  )
})
