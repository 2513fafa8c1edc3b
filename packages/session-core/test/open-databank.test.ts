import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { temporaryFolder } from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'

describe('openDatabank', () => {
  it('opens a memory bank with params, and connects it', async () => {
    const schema = { session: { pkey: 'sid' } }
    const bank = (await openDatabank('memory:', { schema })) as never as { schema: unknown; connected: boolean }
    expect(bank.connected).toBe(true)
    expect(bank.schema).toEqual(schema)
  })

  describe.each(['memory:', 'disk:'])('opens a %s bank that', (scheme) => {
    const folder = temporaryFolder('open-databank')
    const url = scheme === 'disk:' ? `disk:${folder.path}` : scheme
    const opened = () => openDatabank(url)
    afterAll(() => folder.remove())

    it("connects and disconnects by promises, and rejects repeated calls with databank's errors", async () => {
      const bank = await opened()
      await expect(bank.connect({})).rejects.toMatchObject({ name: 'AlreadyConnectedError' })
      await bank.disconnect()
      await expect(bank.disconnect()).rejects.toMatchObject({ name: 'NotConnectedError' })
      await bank.connect()
      await bank.disconnect()
      await bank.connect({})
      await bank.disconnect()
    })

    it('accepts callbacks, as databank does', async () => {
      const bank = await opened()
      await new Promise((resolve) => bank.disconnect(resolve))
      await new Promise((resolve) => bank.connect({}, resolve))
      expect(await new Promise((resolve) => bank.connect({}, resolve))).toMatchObject({ name: 'AlreadyConnectedError' })
      await new Promise((resolve) => bank.disconnect(resolve))
    })

    it('is disconnected once at the end of `await using`', async () => {
      const bank = await opened()
      await bank[Symbol.asyncDispose]()
      await expect(bank.disconnect()).rejects.toMatchObject({ name: 'NotConnectedError' })
      await bank[Symbol.asyncDispose]()
    })

    it('does not end the process if a failed disconnect is ignored', async () => {
      const script = `
        require('.').openDatabank('${url}').then((bank) => {
          bank.disconnect()
          bank.disconnect()
          setTimeout(() => {
            bank.disconnect()
            bank.connect()
            bank.connect()
            setTimeout(() => console.log('alive'))
          })
        })`
      const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: join(__dirname, '..'), encoding: 'utf8' })
      expect(stdout).toBe('alive\n')
    })
  })

  it.each(['', 'memory', 'mysql://localhost', './sessions', 'constructor:', '://x'])(
    'refuses %p and lists the known schemes',
    async (url) => {
      await expect(openDatabank(url)).rejects.toMatchObject({
        code: 'SESSIONBANK_INVALID_OPTION',
        message: expect.stringContaining('disk:./sessions'),
      })
    },
  )

  it.each([
    ['rediss//ann:pa55word@host', '"rediss://"'],
    ['Redis-Cluster://ann:pa55word@host', '"redis+cluster://"'],
    ['postgress://ann:pa55word@host', '"postgres://"'],
    ['mongo://ann:pa55word@host', '"mongodb://"'],
    ['couch://ann:pa55word@host', '"couchbase://"'],
    ['memory', '"memory:"'],
    ['disc:./pa55word', '"disk:"'],
  ])('suggests the scheme that may be meant by %p', async (url, meant) => {
    const { message } = await openDatabank(url).catch((error) => error)
    expect(message).toMatch(/ \(for example disk:\.\/sessions\): did you mean /)
    expect(message).toContain(`did you mean ${meant}?`)
    expect(message).not.toContain('pa55word')
  })

  it.each(['./pa55word', '../pa55word', '/pa55word', '~/pa55word', 'C:\\pa55word', 'c:/pa55word', 'file:///pa55word'])(
    'suggests disk: for a path: %p',
    async (path) => {
      const { message } = await openDatabank(path).catch((error) => error)
      expect(message).toContain('This one is a path: write "disk:" before it')
      expect(message).not.toContain('pa55word')
    },
  )

  it.each(['ann:pa55word@host', 'pa55word', 'x'.repeat(1_000_000)])('suggests nothing for nonsense', async (url) => {
    const { message } = await openDatabank(url).catch((error) => error)
    expect(message).toMatch(/\(for example disk:\.\/sessions\)$/)
  })

  it.each([
    ['memory:', { shema: {} }, 'schema'],
    ['disk:./unused', { shema: {} }, 'schema'],
    ['redis://localhost', { timout: 5 }, 'timeout'],
    ['redis://localhost', { wait: { replicas: 1, timout: 5 } }, 'timeout'],
    ['mongodb://localhost/app', { createIndex: true }, 'createIndexes'],
    ['couchbase://a:b@localhost/app', { colection: 'x' }, 'collection'],
    ['postgres://localhost/app', { tabel: 'x' }, 'table'],
  ])('refuses a misspelt option of %s: %p', async (url, params, meant) => {
    await expect(openDatabank(url, params)).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
      message: expect.stringContaining(`did you mean "${meant}"?`),
    })
  })

  it('names the options of the driver if an option belongs to another driver', async () => {
    // @ts-expect-error an option of another driver
    await expect(openDatabank('disk:./unused', { cluster: true })).rejects.toThrow(
      'unknown option of the disk driver "cluster": known names are dir, url, timeout, schema, driver, retry',
    )
  })

  it.each(['memory:', 'disk:./unused'])('refuses a schema for %s that would index nothing', async (url) => {
    const types = [{ indexes: ['user'] }, { indices: 'user' }, 'user', null]
    for (const schema of [...types.map((session) => ({ session })), 5, []]) {
      await expect(openDatabank(url, { schema } as never)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    }
  })

  it.each([[null], [5], ['x'], [[]]])('refuses %p instead of options', async (params) => {
    await expect(openDatabank('memory:', params as never)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
  })

  it('accepts the timeout of the other drivers for memory:', async () => {
    await using bank = await openDatabank('memory:', { timeout: 1_000 })
    expect(bank).toBeDefined()
    // @ts-expect-error not a number
    await expect(openDatabank('memory:', { timeout: '5' })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
    })
  })

  it('refuses a second URL', async () => {
    await expect(openDatabank('memory:', { url: 'disk:./unused' })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
    })
  })

  it("accepts an app's whole configuration of a databank", async () => {
    const data = { session: { a: { sid: 'a' } } }
    const config = { driver: 'memory', url: 'memory:', schema: { session: { pkey: 'sid' } }, data }
    await using bank = await openDatabank(config.url, config)
    expect(await new Promise((resolve) => bank.read('session', 'a', (_, value) => resolve(value)))).toEqual({
      sid: 'a',
    })
  })

  it('refuses a URL that is not a string', async () => {
    await expect(openDatabank(undefined as never)).rejects.toThrow('a databank URL must be a string, not undefined')
  })

  it('names the package to install if a driver is missing', () => {
    const script = `
      const Module = require('node:module')
      const resolve = Module._resolveFilename
      Module._resolveFilename = (name, ...rest) => {
        if (name === '@sessionbank/databank-disk') throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' })
        return resolve(name, ...rest)
      }
      require('.').openDatabank('disk:./x').catch((error) => console.log(error.code, error.message))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: join(__dirname, '..'), encoding: 'utf8' })
    expect(stdout).toMatch(
      /^SESSIONBANK_MISSING_DRIVER "disk:" needs the package @sessionbank\/databank-disk: npm install @sessionbank\/databank-disk\. If .* DiskDatabank\.open\(\)/,
    )
  })

  it('reports an installed driver that does not load as broken and not as missing', () => {
    const script = `
      const Module = require('node:module')
      const load = Module._load
      Module._load = (name, ...rest) => {
        if (name === '@sessionbank/databank-disk') throw Object.assign(new Error("Cannot find module 'lmdb'"), { code: 'MODULE_NOT_FOUND' })
        return load(name, ...rest)
      }
      require('.').openDatabank('disk:./x').catch((error) => console.log(error.code, error.message))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: join(__dirname, '..'), encoding: 'utf8' })
    expect(stdout).toMatch(/^SESSIONBANK_BROKEN_PACKAGE .*databank-disk.* does not load \(Cannot find module 'lmdb'\)/)
  })

  it('shows no password in an error', async () => {
    await expect(openDatabank('mysql://ann:secret@host/db')).rejects.toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  })
})
