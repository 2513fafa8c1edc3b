import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const PACKAGES = join(__dirname, '../..')

describe('a test that imports another package', () => {
  const names = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'src')) && name !== 'acceptance')

  it.each(names)('runs the source of %s, built or not', (name) => {
    const manifest = JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'))
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')

    const files = entries.map((entry) => createRequire(__filename).resolve(join(manifest.name, entry)))

    for (const file of files) expect(file).toMatch(/\/src\/(adapter|(conformance\/)?index)\.c?ts$/)
  })
})
