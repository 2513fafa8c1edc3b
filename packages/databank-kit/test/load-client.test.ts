import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadClient } from '../src/index.ts'

describe('the client of a database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionbank-clients-'))
  const driver = join(folder, 'driver.js')
  const install = (name: string, code: string) => {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true })
    writeFileSync(join(folder, 'node_modules', name, 'index.js'), code)
  }

  beforeAll(() => {
    install('whole', 'exports.n = 1')
    install('failing', 'throw new Error("no native build for this platform")')
    install('lacking', 'require("not-there")')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is the first installed one', () => {
    expect(loadClient(['not-there', 'whole'], driver)).toEqual({ name: 'whole', exports: { n: 1 } })
  })

  it('causes an error that names all packages if none is installed', () => {
    expect(() => loadClient(['not-there'], driver)).toThrow(
      expect.objectContaining({
        code: 'SESSIONBANK_MISSING_CLIENT',
        message: 'the package "not-there" is not installed: npm install not-there',
      }),
    )
    expect(() => loadClient(['not-there', 'nor-this'], driver)).toThrow(
      /"not-there", "nor-this" is installed: npm install not-there/,
    )
  })

  it('is the library that the app passes, and then nothing is loaded', () => {
    const library = { n: 2 }
    expect(loadClient(['failing'], driver, library).exports).toBe(library)
  })

  it('has to be passed if a bundle cannot load it', () => {
    expect(() => loadClient(['not-there'], undefined)).toThrow(
      expect.objectContaining({
        code: 'SESSIONBANK_MISSING_CLIENT',
        message: expect.stringMatching(/^a bundle .* "not-there" .* open\({ url, library: not-there }\)$/),
      }),
    )
  })

  it('is also loaded from the app, even if that is a script of `node -e` with arguments', () => {
    const script = `console.log(require(${JSON.stringify(join(__dirname, '..'))}).loadClient(['whole'], __filename).name)`
    const nowhere = { cwd: folder, encoding: 'utf8' as const }
    expect(
      execFileSync(process.execPath, ['-e', `__filename = '/nowhere/driver.js'; ${script}`, 'argument'], nowhere),
    ).toBe('whole\n')
  })

  it.each([
    ['failing', /no native build/],
    ['lacking', /not-there/],
  ])('is broken and not missing if it is installed but does not load (%s)', (name, why) => {
    expect(() => loadClient([name, 'whole'], driver)).toThrow(
      expect.objectContaining({ code: 'SESSIONBANK_BROKEN_PACKAGE', message: expect.stringMatching(why) }),
    )
  })
})
