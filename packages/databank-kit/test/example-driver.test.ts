import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JournalDatabank } from '../../../examples/example-driver/src/journal-databank.ts'
import { conformance } from '../src/conformance/index.ts'
import type { Schema } from '../src/index.ts'

const ROOT = join(__dirname, '../../..')
const SOURCES = join(ROOT, 'examples/example-driver/src')

const folder = mkdtempSync(join(tmpdir(), 'example-driver-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function connected(name: string, schema: Schema = {}): Promise<JournalDatabank> {
  const bank = new JournalDatabank({ url: `journal:${join(folder, name)}`, schema })
  await bank.connect()
  return bank
}

conformance({ name: 'the example driver', connect: (schema) => connected('conformance', schema) })

describe('the example driver', () => {
  it('finds all acknowledged records after a restart, even after an unfinished line of a killed process', async () => {
    const first = await connected('restart')
    await first.records('session').write('a', '{"n":1}', { expires: null })
    appendFileSync(join(folder, 'restart'), '\n{"number":"1","type":"session","id":"a","does":"del')
    await first.records('session').write('b', '{"n":2}', { expires: null })
    await first.disconnect()

    await using second = await connected('restart')
    expect(await second.records('session').read('a')).toMatchObject({ json: '{"n":1}' })
    expect(await second.records('session').read('b')).toMatchObject({ json: '{"n":2}' })
  })

  it('says what to check if its file cannot be opened', async () => {
    await expect(connected('no/such/folder')).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('check the path'),
    })
  })

  it('has at most 400 lines, in the six files that every driver has', () => {
    const sources = readdirSync(SOURCES).map((name) => readFileSync(join(SOURCES, name), 'utf8'))
    expect(sources).toHaveLength(6)
    expect(sources.join('').split('\n').length).toBeLessThanOrEqual(401)
  })

  it.each(['couchbase', 'disk', 'example', 'mongodb', 'postgres', 'redis'])(
    'has the same files as docs/writing-a-driver.md and the %s driver',
    (driver) => {
      const page = readFileSync(join(ROOT, 'docs/writing-a-driver.md'), 'utf8')
      const [own, folder] =
        driver === 'example' ? ['journal', SOURCES] : [driver, join(ROOT, `packages/databank-${driver}/src`)]
      const named = Array.from(page.matchAll(/^\| `([\w<>-]+\.ts)` \|/gm)).map(([, name]) => String(name))
      expect(named).toHaveLength(6)
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(named.map((name) => name.replace('<name>', own))))
    },
  )

  it('is quoted exactly in docs/writing-a-driver.md', () => {
    const code = readdirSync(SOURCES).map((name) => readFileSync(join(SOURCES, name), 'utf8'))
    const page = readFileSync(join(ROOT, 'docs/writing-a-driver.md'), 'utf8')
    const quotes = Array.from(page.matchAll(/^```ts\n(.*?)^```$/gms)).map(([, quote]) => quote as string)
    expect(quotes.length).toBeGreaterThan(3)
    for (const quote of quotes) {
      const found = code.filter((source) => withoutIndent(source).includes(withoutIndent(quote)))
      expect([quote, found.length]).toEqual([quote, 1])
    }
  })
})

function withoutIndent(code: string): string {
  return code.replaceAll(/^ +/gm, '')
}
