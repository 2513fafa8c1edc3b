import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { temporaryFolder } from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'

describe('openDatabank', () => {
  it('opens a memory bank, connected, with params', async () => {
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

    it('connects and disconnects by promises, and says what databank says when called twice', async () => {
      const bank = await opened()
      await expect(bank.connect({})).rejects.toMatchObject({ name: 'AlreadyConnectedError' })
      await bank.disconnect()
      await expect(bank.disconnect()).rejects.toMatchObject({ name: 'NotConnectedError' })
      await bank.connect()
      await bank.disconnect()
      await bank.connect({})
      await bank.disconnect()
    })

    it('takes callbacks, as databank says', async () => {
      const bank = await opened()
      await new Promise((resolve) => bank.disconnect(resolve))
      await new Promise((resolve) => bank.connect({}, resolve))
      expect(await new Promise((resolve) => bank.connect({}, resolve))).toMatchObject({ name: 'AlreadyConnectedError' })
      await new Promise((resolve) => bank.disconnect(resolve))
    })

    it('is disconnected at the end of `await using`, and once only', async () => {
      const bank = await opened()
      await bank[Symbol.asyncDispose]()
      await expect(bank.disconnect()).rejects.toMatchObject({ name: 'NotConnectedError' })
      await bank[Symbol.asyncDispose]()
    })

    it('does not end the process if nobody hears that it cannot be disconnected', async () => {
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
    'refuses %p and says what it takes',
    async (url) => {
      await expect(openDatabank(url)).rejects.toMatchObject({
        code: 'SESSIONBANK_INVALID_OPTION',
        message: expect.stringContaining('disk:./sessions'),
      })
    },
  )

  it('refuses what is no string', async () => {
    await expect(openDatabank(undefined as never)).rejects.toThrow('a databank URL is a string, not undefined')
  })

  it('names the package to install where a driver is missing', () => {
    const script = `
      const Module = require('node:module')
      const resolve = Module._resolveFilename
      Module._resolveFilename = (name, ...rest) => {
        if (name === '@sessionbank/databank-disk') throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' })
        return resolve(name, ...rest)
      }
      require('.').openDatabank('disk:./x').catch((error) => console.log(error.code, error.message))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: join(__dirname, '..'), encoding: 'utf8' })
    expect(stdout).toBe(
      'SESSIONBANK_MISSING_DRIVER "disk:" needs the package @sessionbank/databank-disk: npm install @sessionbank/databank-disk\n',
    )
  })

  it('tells no password in an error', async () => {
    await expect(openDatabank('mysql://ann:secret@host/db')).rejects.toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  })
})
