// Packs every published package, lints the tarballs, installs them into an empty app and loads each by import and require.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What an app of a user has beside our packages. */
const PEERS = [
  'express@5',
  'express-session@1',
  'koa@3',
  'koa-session@7',
  'fastify@5',
  '@fastify/session@11',
  '@fastify/cookie@11',
  'databank@1',
]

/** The oldest compiler that our types are for. */
const OLDEST_TYPESCRIPT = 'typescript@5.4'
const TYPES = ['@types/node@20', '@types/express-session@1', '@types/express@5']

/** An app that uses a bank by itself, and has no types of Node's. */
const TYPED_APP = `
  import { DiskDatabank } from '@sessionbank/databank-disk'
  const bank = new DiskDatabank({ dir: './sessions' })
  await bank.connect()
  bank.disconnect((error: Error | null) => {})
  await bank[Symbol.asyncDispose]()`
const TYPED_CONFIG = {
  compilerOptions: { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', lib: ['es2022'], types: [] },
  files: ['types.mts'],
}

/** A store for another framework, and an app that says what is in its sessions. */
const TYPED_STORE = `
  import { EventEmitter } from 'node:events'
  import { openDatabank, SessionStore } from '@sessionbank/session-core'
  import { Link, optionsFrom, type StoreArguments, withStoreMethods } from '@sessionbank/session-core/adapter'
  import { DatabankStore } from '@sessionbank/express-databank-store'
  class OwnStore<Data extends object> extends withStoreMethods(EventEmitter)<Data> {
    readonly sessions: SessionStore<Data>
    constructor(bank: ConstructorParameters<typeof SessionStore>[0], ...options: StoreArguments) {
      super()
      this.sessions = new SessionStore<Data>(bank, optionsFrom(options), { component: 'own', emitter: this })
    }
  }
  const bank = await openDatabank('memory:')
  const link = new Link()
  for (const store of [new OwnStore<{ n: number }>(bank), new DatabankStore<{ n: number }>(bank)]) {
    const n: number | undefined = (await store.sessions.load('a', link))?.n
    store.on('cleanup', ({ removed }) => removed + (n ?? 0))
  }`
const RESOLUTIONS = [{ module: 'node16' }, { module: 'nodenext' }, { module: 'esnext', moduleResolution: 'bundler' }]

const totals = { passed: 0, failed: 0 }
const work = mkdtempSync(join(tmpdir(), 'sessionbank-tarballs-'))
try {
  const packages = publishedPackages()
  const tarballs = packages.map(({ folder }) => pack(folder))
  const app = join(work, 'app')
  for (const [i, { name }] of packages.entries()) {
    check(`${name}: publint`, 'npx', ['publint', tarballs[i], '--strict'])
    check(`${name}: types and entries resolve`, 'npx', [
      'attw',
      tarballs[i],
      '--profile',
      'node16',
      '--ignore-rules',
      'cjs-resolves-to-esm',
    ])
  }
  execFileSync('mkdir', ['-p', app])
  writeFileSync(join(app, 'package.json'), '{"name": "app", "private": true}')
  execFileSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs, ...PEERS, OLDEST_TYPESCRIPT, ...TYPES],
    {
      cwd: app,
      stdio: 'inherit',
    },
  )
  for (const name of packages.flatMap(entriesOf)) {
    check(
      `${name}: require`,
      'node',
      ['-e', `if (Object.keys(require('${name}')).length === 0) throw new Error('empty')`],
      app,
    )
    check(
      `${name}: import`,
      'node',
      [
        '--input-type=module',
        '-e',
        `const m = await import('${name}'); if (!Object.keys(m).some((k) => k !== 'default')) throw new Error('empty')`,
      ],
      app,
    )
  }
  for (const [name, script] of Object.entries(useScripts())) {
    check(name, 'node', ['--input-type=module', '-e', script], app)
  }
  writeFileSync(join(app, 'types.mts'), TYPED_APP)
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(TYPED_CONFIG))
  check(`the types of a driver compile with ${OLDEST_TYPESCRIPT} and lib es2022`, 'npx', ['tsc', '-p', '.'], app)
  writeFileSync(join(app, 'store.mts'), TYPED_STORE)
  for (const resolution of RESOLUTIONS) {
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', skipLibCheck: true, ...resolution }
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['store.mts'] }))
    const how = Object.values(resolution).at(-1)
    check(`the types of a store compile with ${OLDEST_TYPESCRIPT} and ${how}`, 'npx', ['tsc', '-p', '.'], app)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed > 0 ? 1 : 0

function publishedPackages() {
  return readdirSync('packages')
    .map((folder) => ({
      folder: resolve('packages', folder),
      ...JSON.parse(readFileSync(join('packages', folder, 'package.json'), 'utf8')),
    }))
    .filter((manifest) => !manifest.private)
}

/** What a package can be asked for: by its name, and by the paths that it exports. */
function entriesOf({ name, exports }) {
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
}

function pack(folder) {
  const output = execFileSync('npx', ['-y', 'pnpm@10', 'pack', '--json', '--pack-destination', work], {
    cwd: folder,
    encoding: 'utf8',
  })
  return JSON.parse(output.slice(output.indexOf('{'))).filename
}

function check(name, command, args, cwd) {
  try {
    execFileSync(command, args, { cwd, stdio: 'pipe', encoding: 'utf8' })
    totals.passed++
    console.log(`ok      ${name}`)
  } catch (error) {
    totals.failed++
    console.log(`FAILED  ${name}\n${error.stdout}${error.stderr}`)
  }
}

/** What must hold however an app loads us: one class, one registry. */
function useScripts() {
  const load = `import assert from 'node:assert'; import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
  const session = `
    const store = new DatabankStore(await openDatabank('disk:' + (await import('node:fs')).mkdtempSync('/tmp/sessionbank-')))
    await store.sessions.save('a', { n: 1, cookie: {} })
    assert.deepEqual(await store.sessions.load('a'), { n: 1, cookie: {} })`
  return {
    'import and require give one class': `${load}
      for (const name of ['express', 'koa', 'fastify']) {
        const imported = await import('@sessionbank/' + name + '-databank-store')
        assert.equal(imported.DatabankStore, require('@sessionbank/' + name + '-databank-store').DatabankStore)
        assert.equal(imported.SessionbankError, require('@sessionbank/session-core').SessionbankError)
      }`,
    'the Express module can be called, as connect-databank': `${load}
      const session = require('express-session')
      const DatabankStore = require('@sessionbank/express-databank-store')(session)
      assert.ok(DatabankStore.prototype instanceof session.Store)
      assert.deepEqual(DatabankStore.schema, { session: { pkey: 'sid' } })`,
    'importing a driver registers it for require, too': `${load}
      await import('@sessionbank/databank-disk')
      const { Databank } = require('databank')
      assert.ok(Databank.get('disk', { dir: '/tmp/unused' }) instanceof Databank)`,
    'an Express store keeps a session on disk': `${load} import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'; ${session}`,
    'an Express store keeps a session in memory, in the class that `require` gives': `${load} import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store';
      const bank = await openDatabank('memory:', { maxRecords: 5 })
      assert.ok(bank instanceof require('@sessionbank/databank-memory').MemoryDatabank)
      const store = new DatabankStore(bank)
      await store.sessions.save('a', { n: 1, cookie: {} })
      assert.deepEqual(await store.sessions.load('a'), { n: 1, cookie: {} })`,
    'a Koa store keeps a session on disk': `${load} import { DatabankStore, openDatabank } from '@sessionbank/koa-databank-store'; ${session}`,
    'a Fastify store keeps a session on disk': `${load} import { DatabankStore, openDatabank } from '@sessionbank/fastify-databank-store'; ${session}`,
    'a driver that is not installed is named': `${load}
      import { openDatabank } from '@sessionbank/session-core'
      await assert.rejects(openDatabank('nosuch://x'), /disk:/)`,
  }
}
