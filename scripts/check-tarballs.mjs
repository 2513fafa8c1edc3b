// Packs every published package, lints the tarballs, installs them into an empty app and loads each by import and
// require.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, installedIn, OURS_IN_SMALL_APP, pack, SMALL_APP } from './packed-app.mjs'
import { entriesOf, publishedPackages } from './published.mjs'

/** The other packages of a user's app. */
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

/** The oldest supported compiler. */
const OLDEST_TYPESCRIPT = 'typescript@5.4'
const TYPES = ['@types/node@20', '@types/express-session@1', '@types/express@5']

/** An app that uses a bank directly, without the types of Node. */
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

/** A store for another framework, and an app with typed sessions. */
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
/** An app without the types of express-session. Our own types still work. */
const UNTYPED_APP = `
  import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
  const store = new DatabankStore<{ n: number }>(await openDatabank('disk:./sessions'))
  const n: number | undefined = (await store.get('a'))?.n
  // @ts-expect-error
  const text: string = n
  // @ts-expect-error
  store.find(42)`

const MOST_PACKAGES = 20
/** databank, its dependencies, and packages of types. */
const UNNEEDED = /node_modules\/(databank(-.*)?|vows|glob|diff|step|setimmediate|@types\/.*)$/

/** An app that uses its own bank, and bundles a driver without opening it. */
const BUNDLED_APP = `
  import { DiskDatabank } from '@sessionbank/databank-disk'
  import { DatabankStore } from '@sessionbank/express-databank-store'
  new DiskDatabank({ dir: './never-opened' })
  const values = new Map()
  const nothing = () => Object.assign(new Error('nothing there'), { name: 'NoSuchThingError' })
  const bank = {
    read: (type, id, callback) => (values.has(id) ? callback(null, values.get(id)) : callback(nothing())),
    save: (type, id, value, callback) => callback(null, values.set(id, value) && value),
    del: (type, id, callback) => callback(values.delete(id) ? null : nothing()),
    scan: (type, onResult, callback) => callback(null),
  }
  const store = new DatabankStore(bank)
  store.set('a', { n: 1, cookie: {} }, () => {
    store.get('a', (error, found) => {
      if (found?.n !== 1) throw error ?? new Error('the session is lost')
      store.close()
    })
  })`
/** An app that is bundled with databank. */
const BUNDLED_WITH_DATABANK = `
  import { DiskDatabank } from '@sessionbank/databank-disk'
  import databank from 'databank'
  const bank = databank.Databank.get('disk', { dir: './never-opened' })
  const isOne = bank instanceof DiskDatabank && bank instanceof databank.Databank
  bank.read('session', 'a', (error) => {
    if (!isOne || !(error instanceof databank.NotConnectedError)) throw error ?? new Error('no error')
  })`
const RESOLUTIONS = [{ module: 'node16' }, { module: 'nodenext' }, { module: 'esnext', moduleResolution: 'bundler' }]

const totals = { passed: 0, failed: 0 }
const work = mkdtempSync(join(tmpdir(), 'sessionbank-tarballs-'))
try {
  const packages = publishedPackages()
  const tarballs = packages.map(({ folder }) => pack(folder, work))
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
  install(app, [...tarballs, ...PEERS, OLDEST_TYPESCRIPT, ...TYPES])
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
  check('the command line prints its help', 'npx', ['sessionbank', 'copy', '--help'], app)
  writeFileSync(join(app, 'types.mts'), TYPED_APP)
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(TYPED_CONFIG))
  check(`the types of a driver compile with ${OLDEST_TYPESCRIPT} and lib es2022`, 'npx', ['tsc', '-p', '.'], app)
  writeFileSync(join(app, 'store.mts'), TYPED_STORE)
  for (const resolution of RESOLUTIONS) {
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', skipLibCheck: false, ...resolution }
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['store.mts'] }))
    const how = Object.values(resolution).at(-1)
    check(`the types of a store compile with ${OLDEST_TYPESCRIPT} and ${how}`, 'npx', ['tsc', '-p', '.'], app)
  }
  checkBundle('a bundled app with databank has one copy of it', app, BUNDLED_WITH_DATABANK)
  checkSmallApp(tarballs.filter((_, i) => OURS_IN_SMALL_APP.some((name) => packages[i].name.endsWith(`/${name}`))))
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed > 0 ? 1 : 0

/** Checks an app without databank, first without and then with types. */
function checkSmallApp(tarballs) {
  const app = join(work, 'small-app')
  install(app, SMALL_APP)
  const before = installedIn(app)
  install(app, [...SMALL_APP, ...tarballs])
  const added = installedIn(app).filter((folder) => !before.includes(folder))
  const unneeded = added.filter((folder) => UNNEEDED.test(folder))
  expect(`a small app installs at most ${MOST_PACKAGES} packages for Sessionbank`, added.length <= MOST_PACKAGES, added)
  expect('a small app installs no databank, test framework or types for Sessionbank', unneeded.length === 0, unneeded)
  for (const [name, script] of Object.entries(smallAppScripts())) {
    check(name, 'node', ['--input-type=module', '-e', script], app)
  }
  checkBundle('a bundled app without databank stores a session', app, BUNDLED_APP)

  install(app, [...SMALL_APP, ...tarballs, OLDEST_TYPESCRIPT, '@types/node@20'])
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', module: 'nodenext', skipLibCheck: true }
  writeFileSync(join(app, 'types.mts'), UNTYPED_APP)
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.mts'] }))
  check('a store has its types without those of express-session', 'npx', ['tsc', '-p', '.'], app)
  const thorough = { ...compilerOptions, skipLibCheck: false }
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: thorough, files: ['types.mts'] }))
  const { status, stdout } = spawnSync('npx', ['tsc', '-p', '.'], { cwd: app, encoding: 'utf8' })
  const isHelpful = status !== 0 && stdout.includes('npm i --save-dev @types/express-session')
  expect('without skipLibCheck the compiler names the missing types', isHelpful, [stdout])
}

/** Bundles an app into one file, and runs it in a folder without node_modules. */
function checkBundle(name, app, script) {
  writeFileSync(join(app, 'bundled-app.mjs'), script)
  const folder = mkdtempSync(join(work, 'bundled-'))
  const requires = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`
  for (const [format, ending, banner] of [
    ['cjs', 'cjs', ''],
    ['esm', 'mjs', requires],
  ]) {
    const outfile = join(folder, `app.${ending}`)
    const outside = ['lmdb', 'databank-test'].map((external) => `--external:${external}`)
    const options = ['--bundle', '--platform=node', '--minify', `--format=${format}`, `--banner:js=${banner}`]
    check(`${name}: ${format} is made`, 'npx', [
      'esbuild',
      join(app, 'bundled-app.mjs'),
      ...options,
      ...outside,
      `--outfile=${outfile}`,
    ])
    check(`${name}: ${format} works`, 'node', [outfile], folder)
  }
}

function expect(name, holds, found) {
  if (holds) totals.passed++
  else totals.failed++
  console.log(holds ? `ok      ${name}` : `FAILED  ${name}\n${found.join('\n')}`)
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

/** Returns checks that must pass without databank. */
function smallAppScripts() {
  return Object.fromEntries(
    Object.entries(useScripts()).filter(([name]) => /^an Express store|can be called/.test(name)),
  )
}

/** Returns checks that must pass with both import and require: one class, one registry. */
function useScripts() {
  const load = `import assert from 'node:assert'; import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
  const session = `
    const store = new DatabankStore(await openDatabank('disk:' + (await import('node:fs')).mkdtempSync('/tmp/sessionbank-')))
    await store.sessions.save('a', { n: 1, cookie: {} })
    assert.deepEqual(await store.sessions.load('a'), { n: 1, cookie: {} })`
  return {
    'import and require return the same class': `${load}
      for (const name of ['express', 'koa', 'fastify']) {
        const imported = await import('@sessionbank/' + name + '-databank-store')
        assert.equal(imported.DatabankStore, require('@sessionbank/' + name + '-databank-store').DatabankStore)
        assert.equal(imported.SessionbankError, require('@sessionbank/session-core').SessionbankError)
      }`,
    'the Express module can be called, like connect-databank': `${load}
      const session = require('express-session')
      const DatabankStore = require('@sessionbank/express-databank-store')(session)
      assert.ok(DatabankStore.prototype instanceof session.Store)
      assert.deepEqual(DatabankStore.schema, { session: { pkey: 'sid' } })`,
    'importing a driver registers it for require': `${load}
      await import('@sessionbank/databank-disk')
      const { Databank } = require('databank')
      assert.ok(Databank.get('disk', { dir: '/tmp/unused' }) instanceof Databank)`,
    'an Express store stores a session on disk': `${load} import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'; ${session}`,
    'an Express store stores a session in memory, with the class from `require`': `${load} import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store';
      const bank = await openDatabank('memory:', { maxRecords: 5 })
      assert.ok(bank instanceof require('@sessionbank/databank-memory').MemoryDatabank)
      const store = new DatabankStore(bank)
      await store.sessions.save('a', { n: 1, cookie: {} })
      assert.deepEqual(await store.sessions.load('a'), { n: 1, cookie: {} })`,
    'a Koa store stores a session on disk': `${load} import { DatabankStore, openDatabank } from '@sessionbank/koa-databank-store'; ${session}`,
    'a Fastify store stores a session on disk': `${load} import { DatabankStore, openDatabank } from '@sessionbank/fastify-databank-store'; ${session}`,
    'a missing driver is named': `${load}
      import { openDatabank } from '@sessionbank/session-core'
      await assert.rejects(openDatabank('nosuch://x'), /disk:/)`,
  }
}
