import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Opens a URL while some packages are missing or fail to load, and returns the error. */
async function errorOf(url: string, packages: string[], fails: 'missing' | 'broken'): Promise<string> {
  const script = `
    const Module = require('node:module')
    const resolve = Module._resolveFilename
    Module._resolveFilename = (name, ...rest) => {
      if (!${JSON.stringify(packages)}.includes(name)) return resolve(name, ...rest)
      if (${fails === 'broken'}) throw new Error('no native build')
      throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' })
    }
    const { openDatabank } = require('@sessionbank/session-core')
    openDatabank(${JSON.stringify(url)}).catch((error) => process.stdout.write(error.code + ' ' + error.message))`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: join(__dirname, '..') })
  return stdout
}

describe('the client of a database', () => {
  it.each([
    ['redis://127.0.0.1', ['redis', 'ioredis']],
    ['postgres://127.0.0.1/app', ['pg']],
    ['mongodb://127.0.0.1/app', ['mongodb']],
    ['couchbase://ann:pw@127.0.0.1/app', ['couchbase']],
  ])('that is missing is named in an error with its own code (%s)', async (url, packages) => {
    const missing = await errorOf(url, packages, 'missing')
    expect(missing).toMatch(/^SESSIONBANK_MISSING_CLIENT /)
    expect(missing).toContain(`npm install ${packages[0]}`)
    expect(await errorOf(url, packages, 'broken')).toMatch(
      /^SESSIONBANK_BROKEN_PACKAGE .*does not load \(no native build\)/,
    )
  })

  it('that has no binary for this machine is named in the error (disk)', async () => {
    expect(await errorOf('disk:./never-opened', ['lmdb'], 'broken')).toMatch(
      /^SESSIONBANK_BROKEN_PACKAGE .*"lmdb".*does not load \(no native build\)/,
    )
  })

  it.each(['disk', 'redis', 'postgres', 'mongodb', 'couchbase'])(
    'is not loaded together with the driver (%s)',
    async (name) => {
      const script = `
      require('@sessionbank/databank-${name}')
      const isClient = /node_modules.(lmdb|redis|@redis|ioredis|pg|mongodb|bson|couchbase)\\b/
      process.stdout.write(JSON.stringify(Object.keys(require.cache).filter((file) => isClient.test(file))))`
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: join(__dirname, '..') })
      expect(JSON.parse(stdout)).toEqual([])
    },
  )
})
