import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const PACKAGES = join(__dirname, '../..')

describe('a test that imports another package', () => {
  const manifestOf = (name: string) => JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'))
  const names = readdirSync(PACKAGES).filter((name) => {
    return existsSync(join(PACKAGES, name, 'src')) && manifestOf(name).exports && name !== 'acceptance'
  })

  it.each(names)('runs the source of %s, even if it is built', (name) => {
    const manifest = manifestOf(name)
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')

    const files = entries.map((entry) => createRequire(__filename).resolve(join(manifest.name, entry)))

    for (const file of files) expect(file).toMatch(/\/src\/(adapter|maintenance|(conformance\/)?index)\.c?ts$/)
  })
})
