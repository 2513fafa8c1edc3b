import { AppFolder } from '../src/app-folder.ts'

const folders: AppFolder[] = []

/** Creates the folder of an app. */
function app(folder?: string): AppFolder {
  const made = new AppFolder(folder)
  folders.push(made)
  return made
}

afterAll(() => {
  for (const folder of folders) folder.remove()
})

/** The beginning of each script. `failures` collects the errors of databank's API, by their expected names. */
const TOOLS = `
  const assert = require('node:assert/strict')
  const { mkdtempSync } = require('node:fs')
  const { join } = require('node:path')
  const { promisify } = require('node:util')
  const newFolder = () => mkdtempSync(join(__dirname, 'data-'))
  const CODES = {
    NoSuchThingError: 'SESSIONBANK_NO_SUCH_THING',
    AlreadyExistsError: 'SESSIONBANK_ALREADY_EXISTS',
    WrongTypeError: 'SESSIONBANK_WRONG_TYPE',
    NotConnectedError: 'SESSIONBANK_NOT_CONNECTED',
    AlreadyConnectedError: 'SESSIONBANK_ALREADY_CONNECTED',
    DatabankError: 'SESSIONBANK_DATABANK_ERROR',
  }
  const errorOf = (promise) => promise.then(() => assert.fail('no error'), (error) => error)
  async function failuresOf(bank) {
    const call = (method, ...args) => promisify(bank[method].bind(bank))(...args)
    const unconnected = await errorOf(call('read', 'thing', 'a'))
    await call('connect', {})
    await call('create', 'thing', 'a', { n: 42 })
    const failures = {
      NotConnectedError: [unconnected],
      AlreadyConnectedError: [await errorOf(call('connect', {})), await errorOf(bank.connect({}))],
      NoSuchThingError: await Promise.all(
        [call('read', 'thing', 'b'), call('update', 'thing', 'b', 1), call('del', 'thing', 'b')].map(errorOf),
      ),
      AlreadyExistsError: [await errorOf(call('create', 'thing', 'a', {}))],
      WrongTypeError: [await errorOf(call('append', 'thing', 'a', 1)), await errorOf(call('incr', 'thing', 'a'))],
    }
    await call('create', 'thing', 'list', [])
    failures.DatabankError = [await errorOf(call('item', 'thing', 'list', 5))]
    const found = []
    await call('search', 'thing', { n: '42' }, (value) => found.push(value))
    assert.deepEqual(found, [{ n: 42 }])
    await bank.disconnect()
    failures.NotConnectedError.push(await errorOf(call('disconnect')), await errorOf(bank.disconnect()))
    return failures
  }
  function assertErrorsOf(classes, failures) {
    const kit = require('@sessionbank/databank-kit')
    for (const [name, errors] of Object.entries(failures)) {
      for (const error of errors) {
        const seen = { name: error.name, code: error.code, isTheirs: error instanceof classes[name] }
        assert.deepEqual(seen, { name, code: CODES[name], isTheirs: true })
        assert.ok(error instanceof classes.DatabankError && error instanceof Error)
        const ofKit = Object.keys(CODES).filter((of) => error instanceof kit[of])
        assert.deepEqual(ofKit.sort(), [...new Set(['DatabankError', name])].sort())
        assert.match(error.stack, new RegExp('^' + (error instanceof kit.DatabankError ? '' : name) + '[^]*\\n    at .*databank-kit'))
      }
    }
  }`

/** Stores a session on the disk bank. */
const KEEP_A_SESSION = `
  const bank = await openDatabank('disk:' + newFolder())
  const store = new DatabankStore(bank)
  await store.set('a', { n: 1, cookie: {} })
  assert.equal((await store.get('a')).n, 1)
  await store.close()
  await bank.disconnect()`

const main = (script: string) => `${TOOLS}
  async function main() {${script}}
  main().then(() => console.log('done'), (error) => { console.error(error); process.exitCode = 1 })`

const NO_DATABANK = `
  const loaded = Object.keys(require.cache).filter((file) => /node_modules.databank/.test(file))
  assert.deepEqual(loaded, [])`

describe('an app without databank', () => {
  const folder = app()

  it('can store sessions if it uses require', () => {
    const script = `
      const { DatabankStore, openDatabank } = require('@sessionbank/express-databank-store')
      ${KEEP_A_SESSION}
      assert.throws(() => require('databank'), { code: 'MODULE_NOT_FOUND' })`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it('can store sessions if it uses import', () => {
    const script = `
      import assert from 'node:assert/strict'
      import { mkdtempSync } from 'node:fs'
      import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
      const newFolder = () => mkdtempSync(new URL('data-', import.meta.url).pathname)
      ${KEEP_A_SESSION}
      console.log('done')`
    expect(folder.run(script, 'app.mjs')).toBe('done\n')
  })

  it('has databank’s API, and errors of the same names that show no ids', () => {
    const script = `
      const { DiskDatabank } = require('@sessionbank/databank-disk')
      const failures = await failuresOf(new DiskDatabank({ dir: newFolder() }))
      assertErrorsOf(require('@sessionbank/databank-kit'), failures)
      const { NoSuchThingError } = require('@sessionbank/databank-kit')
      const error = new NoSuchThingError('session', 'secret-id')
      assert.doesNotMatch(require('node:util').inspect(error, { showHidden: true }), /secret-id/)`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it('can open memory:, which needs no other package', () => {
    const script = `
      const { openDatabank } = require('@sessionbank/express-databank-store')
      await (await openDatabank('memory:')).disconnect()`
    expect(folder.run(main(script))).toBe('done\n')
  })
})

describe('an app with databank', () => {
  const folder = app()
  folder.installDatabank()

  it('does not load it for a store', () => {
    const script = `require('@sessionbank/express-databank-store') ${NO_DATABANK}`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it.each([
    ['require', "require('@sessionbank/databank-disk')"],
    ['import', "await import('@sessionbank/databank-disk')"],
  ])('can open a driver by its name after loading it by %s', (_, load) => {
    const script = `
      const { DiskDatabank } = ${load}
      const databank = require('databank')
      const bank = databank.Databank.get('disk', { dir: newFolder() })
      assert.ok(bank instanceof DiskDatabank && bank instanceof databank.Databank)
      assertErrorsOf(databank, await failuresOf(bank))`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it('gets its errors even from a bank created with `new`', () => {
    const script = `
      const { DiskDatabank } = require('@sessionbank/databank-disk')
      const databank = require('databank')
      const bank = new DiskDatabank({ dir: newFolder() })
      assert.ok(bank instanceof databank.Databank)
      const failures = await failuresOf(bank)
      assertErrorsOf(databank, failures)
      assert.deepEqual({ ...failures.NoSuchThingError[0] }, {
        name: 'NoSuchThingError', type: 'thing', id: 'b', message: "No such 'thing' with id 'b'", code: CODES.NoSuchThingError,
      })`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it('can use the store as in connect-databank: factory, class, log and cleanup', () => {
    const script = `
      const session = require('express-session')
      const DatabankStore = require('@sessionbank/express-databank-store')(session)
      require('@sessionbank/databank-disk')
      const { Databank } = require('databank')
      const bank = Databank.get('disk', { dir: newFolder(), schema: DatabankStore.schema })
      await promisify(bank.connect.bind(bank))({})
      const store = new DatabankStore(bank, null, 60000)
      await promisify(store.set.bind(store))('a', { n: 1, cookie: {} })
      assert.equal((await promisify(store.get.bind(store))('a')).n, 1)
      await store.close()
      await bank.disconnect()`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it('can use databank-caching with a driver', () => {
    const script = `
      require('@sessionbank/databank-disk')
      const { DatabankStore } = require('@sessionbank/express-databank-store')
      const { Databank, NoSuchThingError } = require('databank')
      const source = { driver: 'disk', params: { dir: newFolder() } }
      for (const cache of [{ driver: 'memory', params: {} }, { driver: 'disk', params: { dir: newFolder() } }]) {
        const bank = Databank.get('caching', { source, cache, schema: DatabankStore.schema })
        const call = (method, ...args) => promisify(bank[method].bind(bank))(...args)
        await call('connect', {})
        assert.ok((await errorOf(call('read', 'session', 'b'))) instanceof NoSuchThingError)
        const store = new DatabankStore(bank)
        assert.equal(await store.get('a'), null)
        await store.set('a', { n: 1, cookie: {} })
        assert.equal((await store.get('a')).n, 1)
        await store.destroy('a')
        assert.equal(await store.get('a'), null)
        await store.close()
        await call('disconnect')
      }`
    expect(folder.run(main(script))).toBe('done\n')
  })
})

describe('an app in a workspace whose root has our packages', () => {
  const folder = app()
  folder.installDatabank('apps/shop')

  it('gets the errors of its own databank', () => {
    const script = `
      const { DiskDatabank } = require('@sessionbank/databank-disk')
      const databank = require('databank')
      const bank = databank.Databank.get('disk', { dir: newFolder() })
      assert.ok(bank instanceof DiskDatabank && bank instanceof databank.Databank)
      assertErrorsOf(databank, await failuresOf(bank))`
    expect(folder.run(main(script), 'apps/shop/app.cjs')).toBe('done\n')
  })
})

describe.each([
  ['the package', 'other'],
  ['its class only', 'other.Databank'],
])('a copy of databank that an app registers, as %s,', (_, handedOver) => {
  it('creates banks with its errors, beside the installed copy', () => {
    const folder = app()
    folder.installDatabank()
    folder.installDatabank('plugin')
    const script = `
      const { DiskDatabank } = require('@sessionbank/databank-disk')
      const databank = require('databank')
      const other = require('./plugin/node_modules/databank')
      assert.notEqual(other.Databank, databank.Databank)
      DiskDatabank.register(${handedOver})
      const bank = other.Databank.get('disk', { dir: newFolder() })
      assert.ok(bank instanceof DiskDatabank)
      assertErrorsOf(other, await failuresOf(bank))
      for (const own of [databank.Databank.get('disk', { dir: newFolder() }), new DiskDatabank({ dir: newFolder() })]) {
        assert.ok(own instanceof databank.Databank)
        assertErrorsOf(databank, await failuresOf(own))
      }
      const caching = other.Databank.get('caching', {
        source: { driver: 'disk', params: { dir: newFolder() } },
        cache: { driver: 'disk', params: { dir: newFolder() } },
      })
      await promisify(caching.connect.bind(caching))({})
      const read = promisify(caching.read.bind(caching))
      assert.ok((await errorOf(read('thing', 'a'))) instanceof other.NoSuchThingError)
      await promisify(caching.save.bind(caching))('thing', 'a', { n: 1 })
      assert.deepEqual(await read('thing', 'a'), { n: 1 })
      await promisify(caching.disconnect.bind(caching))()`
    expect(folder.run(main(script))).toBe('done\n')
  })

  it('is used if none is installed', () => {
    const folder = app()
    folder.installDatabank('plugin')
    const script = `
      const { DiskDatabank } = require('@sessionbank/databank-disk')
      const early = new DiskDatabank({ dir: newFolder() })
      const other = require('./plugin/node_modules/databank')
      DiskDatabank.register(${handedOver})
      for (const bank of [early, new DiskDatabank({ dir: newFolder() }), other.Databank.get('disk', { dir: newFolder() })]) {
        assert.ok(bank instanceof other.Databank)
        assertErrorsOf(other, await failuresOf(bank))
      }`
    expect(folder.run(main(script))).toBe('done\n')
  })
})

it('an object that is not databank cannot be registered', () => {
  const script = `
    const { DiskDatabank } = require('@sessionbank/databank-disk')
    for (const wrong of ['databank', {}, () => {}, 42]) {
      assert.throws(() => DiskDatabank.register(wrong), { code: 'SESSIONBANK_INVALID_OPTION', message: /npm package databank/ })
    }
    class Nameless extends require('@sessionbank/databank-kit').DriverDatabank {}
    assert.throws(() => Nameless.register({}), { code: 'SESSIONBANK_INVALID_OPTION', message: /driverName/ })`
  expect(app().run(main(script))).toBe('done\n')
})
