import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreOptions, sessionHandle } from '@sessionbank/session-core'
import { expectFailure, newFolder, output, sessionbank, withStore } from './cli.ts'

const key = randomBytes(32).toString('base64')
const asApp: StoreOptions = { type: 'login', hashIds: true, encryption: { keys: [key], blind: ['user.id'] } }

describe('an options file', () => {
  let folder: string
  let url: string
  beforeEach(async () => {
    folder = newFolder()
    url = `disk:${join(folder, 'sessions')}`
    await withStore(url, ({ store }) => store.save('sid', { user: { id: 7 }, cookie: {} }), asApp)
  })

  function file(name: string, text: string): string[] {
    writeFileSync(join(folder, name), text)
    return ['--options', join(folder, name)]
  }

  it('lets a command read hashed and sealed sessions, with a key from the environment', async () => {
    const options = { ...asApp, encryption: { keys: ['env:CLI_KEY'], blind: ['user.id'] } }
    const flags = file('options.json', JSON.stringify(options))
    const env = { CLI_KEY: key }
    const listed = await output(['list', url, '--json', '--where', 'user.id=7', ...flags], { env })
    expect(JSON.parse(listed)).toMatchObject({ handle: sessionHandle('sid'), session: { user: { id: 7 } } })
    expect(await output(['stats', url, ...flags], { env })).toMatch(/^live +1$/m)
    await expectFailure(['list', url, ...flags], /no variable CLI_KEY/)
    await expectFailure(['list', url, '--full-ids', ...flags], /does not know session ids/, 2, { env })
    expect(await output(['revoke', url, '--where', 'user.id=7', '--yes', ...flags], { env })).toBe('ended 1 session\n')
  })

  it.each([
    ['options.mjs', `export default { ...${JSON.stringify(asApp)}, cleanupInterval: 5_000, log: null }`],
    ['options.cjs', `module.exports = ${JSON.stringify(asApp)}`],
  ])('may be a module: %s', async (name, text) => {
    expect(JSON.parse(await output(['list', url, '--json', ...file(name, text)]))).toMatchObject({
      session: { user: { id: 7 } },
    })
  })

  it('is not needed to count sealed sessions, or to end them by handle', async () => {
    const { out } = await sessionbank(['stats', url, '--type', 'login', '--json'])
    expect(JSON.parse(out)).toMatchObject({ live: 0, unreadable: 1 })
    expect(await output(['revoke', url, '--type', 'login', '--handle', sessionHandle('sid'), '--yes'])).toBe(
      'ended 1 session\n',
    )
  })

  it.each([
    ['options.json', '{"type": ', /holds no options/],
    ['options.json', '[]', /holds no options/],
    ['options.mjs', 'export const type = 1', /holds no options/],
    ['options.mjs', 'throw new Error("of the app")', /does not load: Error: of the app/],
    ['options.json', '{"hashids": true}', /did you mean "hashIds"/],
    ['options.json', '{"encryption": {"keys": ["pass phrase 1"]}}', /openssl rand -base64 32/],
  ])('with wrong contents is rejected: %s %s', async (name, text, line) => {
    await expectFailure(['list', url, ...file(name, text)], line)
    expect((await sessionbank(['list', url, ...file(name, text)])).err).not.toContain('pass phrase 1')
  })
})
