import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { openDatabank } from '../src/index.ts'

describe('openDatabank', () => {
  it('opens a memory bank, connected, with params', async () => {
    const schema = { session: { pkey: 'sid' } }
    const bank = (await openDatabank('memory:', { schema })) as never as { schema: unknown; connected: boolean }
    expect(bank.connected).toBe(true)
    expect(bank.schema).toEqual(schema)
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

  it('says that a driver is there and does not load, and does not call it missing', () => {
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

  it('tells no password in an error', async () => {
    await expect(openDatabank('mysql://ann:secret@host/db')).rejects.toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  })
})
