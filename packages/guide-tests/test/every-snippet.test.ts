import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sessionbank/test-servers'
import { AppFolder } from '../src/app-folder.ts'
import { BANK_GUIDES, openings } from '../src/banks.ts'
import { FRAMEWORK_APPS } from '../src/frameworks.ts'
import { type Block, block, blocksOf, filesOf, guides, importedBy, installedBy } from '../src/page.ts'

const FRAMEWORK_GUIDES = [...new Set(FRAMEWORK_APPS.map(({ guide }) => guide))]
const TRY_IT = block('README.md', '-c laptop')

/** Blocks that other tests run. Each is identified by words in it. */
const TRIED_ELSEWHERE: [guide: string, words: string, test: string][] = [
  ['couchbase.md', 'CREATE INDEX', 'guide-tests/test/recipes.test.ts'],
  ['disk.md', 'bank.backup(', 'guide-tests/test/recipes.test.ts'],
  ['disk.md', 'mv sessions', 'guide-tests/test/recipes.test.ts'],
  ['mongodb.md', 'createIndex(', 'guide-tests/test/recipes.test.ts'],
  ['mongodb.md', 'createRole(', 'guide-tests/test/recipes.test.ts'],
  ['postgres.md', 'CREATE TABLE', 'acceptance/test/rights.test.ts'],
  ['postgres.md', 'GRANT', 'acceptance/test/rights.test.ts'],
  ['redis.md', 'ACL SETUSER', 'acceptance/test/rights.test.ts'],
]

/** Returns true if a test runs a block. */
function isTried(guide: string, { language, code }: Block): boolean {
  if (language === 'text' || (language === 'json' && code.includes('…'))) return true
  if (TRIED_ELSEWHERE.some(([tried, words]) => tried === guide && code.includes(words))) return true
  if (language === 'sh' && code.split('\n').every((line) => line === '' || line.startsWith('npm install '))) return true
  if (guide === 'README.md') return code === TRY_IT || code.includes('"compilerOptions"')
  return language === 'ts'
}

it('all guides are tested', () => {
  const tested = [...FRAMEWORK_GUIDES, ...BANK_GUIDES.map(({ guide }) => guide)]
  expect(guides().sort()).toEqual(['README.md', ...tested].sort())
})

it.each(guides())('each snippet of %s is tested', (guide) => {
  expect(blocksOf(guide).filter((one) => !isTried(guide, one))).toEqual([])
})

it.each(TRIED_ELSEWHERE)('the block of %s with %s is tested by %s', (guide, words, test) => {
  expect(block(guide, words)).toBeTruthy()
  expect(readFileSync(join(__dirname, '../..', test), 'utf8')).toContain(words)
})

describe('the packages that a guide installs', () => {
  const manifest = readFileSync(join(__dirname, '../package.json'), 'utf8')
  const tested = [...Object.keys(JSON.parse(manifest).devDependencies), 'typescript']

  it.each(guides())('are those that the code of %s imports, and their types', (guide) => {
    const installed = [...installedBy(guide), ...(guide === 'socket.io.md' ? installedBy('express.md') : [])]
    const code = blocksOf(guide, 'ts').map((one) => one.code)
    const { run, types } = importedBy(code.join('\n'))
    const typesOf = [...run, ...types].map((name) => `@types/${name}`).filter((name) => tested.includes(name))
    expect(installed).toEqual(expect.arrayContaining([...run, ...typesOf]))
  })

  it.each(guides())('are those that %s was tested with', (guide) => {
    expect(tested).toEqual(expect.arrayContaining(installedBy(guide)))
  })
})

it('each way to open a bank compiles', async () => {
  const folder = new AppFolder(openings())
  expect(folder.typeErrors()).toBe('')
  await folder.remove()
})

it('the requests of “Try it” work as described', async () => {
  const folder = new AppFolder(filesOf('express.md'))
  const jars = temporaryFolder('curl')
  try {
    const url = await folder.start()
    const script = TRY_IT.replaceAll('localhost:3000', new URL(url).host)
    const { stdout, stderr, status } = spawnSync('sh', ['-e'], { input: script, cwd: jars.path, encoding: 'utf8' })
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])

    const [devices] = /\[.*\]/.exec(stdout) ?? ['']
    const others = ['{"name":"ann"}', '{"name":"ann"}', '', '{"ended":1}', '{"error":"log in first"}', '']
    expect(stdout.replace(devices, '').split('\n')).toEqual(others)
    expect(JSON.parse(devices)).toHaveLength(2)
    expect(JSON.parse(devices)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ isThis: true, device: expect.stringMatching(/^curl/) }),
        expect.objectContaining({ isThis: false, device: 'A phone' }),
      ]),
    )
  } finally {
    await folder.remove()
    jars.remove()
  }
})
