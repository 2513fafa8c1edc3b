import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { COVERAGE_TYPE } from '@sessionbank/databank-kit'
import { sessionHandle } from '@sessionbank/session-core'
import { describeWith, inFull, postgres, redis } from '@sessionbank/test-servers'
import { createClient } from 'redis'
import { expectFailure, heldBy, newFolder, output, sessionbank, withStore } from './cli.ts'

const HOUR = 3_600_000

function describeCommands(name: string, newUrl: () => string): void {
  describe(`on ${name}`, () => {
    let url: string
    beforeEach(async () => {
      url = newUrl()
      await withStore(url, async ({ bank, store }) => {
        await store.clear()
        for (let n = 0; n < 6; n++) await store.save(`sid-${n}`, { user: { id: n % 2, name: 'ann' }, n, cookie: {} })
        await bank.records('session').write('dead', '{"sid":"dead","cookie":{}}', { expires: Date.now() - HOUR })
      })
    })

    it('stats counts live sessions', async () => {
      expect(JSON.parse(await output(['stats', url, '--json']))).toMatchObject({ live: 6, ages: { hour: 6 } })
      expect(await output(['stats', url])).toMatch(/^live +6$/m)
    })

    it('list shows handles, and session ids only with --full-ids', async () => {
      const lines = (await output(['list', url])).trimEnd().split('\n')
      expect(lines).toHaveLength(7)
      expect(
        lines
          .slice(1)
          .map((line) => line.split(' ', 1)[0])
          .sort(),
      ).toEqual(Array.from({ length: 6 }, (_, n) => sessionHandle(`sid-${n}`)).sort())
      for (const flags of [[], ['--json']]) expect(await output(['list', url, ...flags])).not.toContain('sid-')
      for (const flags of [[], ['--json']])
        expect(await output(['list', url, '--full-ids', ...flags])).toContain('sid-3')
    })

    it('list finds by typed values', async () => {
      const found = async (...flags: string[]) => {
        const lines = await output(['list', url, '--json', ...flags])
        return lines
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line).session.n)
          .sort()
      }
      expect(await found('--where', 'user.id=1')).toEqual([1, 3, 5])
      expect(await found('--where', 'user.id="1"')).toEqual([])
      expect(await found('--where', 'user.name="ann"', '--where', 'n=4')).toEqual([4])
      expect(await found('--where', 'user.id=null')).toEqual([])
    })

    it('show shows a session, and its id only with --full-ids', async () => {
      const text = await output(['show', url, sessionHandle('sid-2')])
      expect(text).toMatch(/"n": 2/)
      expect(text).not.toContain('sid-2')
      expect(await output(['show', url, sessionHandle('sid-2'), '--full-ids'])).toContain('sid-2')
      await expectFailure(['show', url, sessionHandle('no such')], /no live session/, 1)
      await expectFailure(['show', url, 'sid-2'], /not a handle/)
    })

    it('revoke asks, and ends the sessions that match', async () => {
      const left = async () => [...(await heldBy(url)).keys()].sort()
      const where = ['revoke', url, '--where', 'user.id=1']
      expect(await sessionbank(where, { input: 'n\n' })).toMatchObject({
        code: 0,
        out: '',
        err: expect.stringContaining('End 3 sessions?'),
      })
      expect(await left()).toHaveLength(6)
      expect(
        await output([...where, '--handle', sessionHandle('sid-0'), '--handle', sessionHandle('sid-1')], {
          input: 'y\n',
        }),
      ).toBe('ended 1 session\n')
      expect(await output([...where, '--yes'])).toBe('ended 2 sessions\n')
      expect(await output(['revoke', url, '--handle', sessionHandle('sid-0'), '--yes'])).toBe('ended 1 session\n')
      expect(await left()).toEqual(['sid-2', 'sid-4'])
      await expectFailure([...where, '--yes'], /no live session/, 1)
    })

    it('revoke without an answer or a condition ends nothing', async () => {
      const unanswered = await sessionbank(['revoke', url, '--where', 'user.id=1'])
      expect(unanswered).toMatchObject({ code: 2, out: '', err: expect.stringContaining('use --yes') })
      await expectFailure(['revoke', url, '--yes'], /needs --where or --handle/)
      await expectFailure(['revoke', url, '--yes', '--handle', 'sid-1'], /not a handle/)
      expect((await heldBy(url)).size).toBe(6)
    })

    it('cleanup removes expired sessions', async () => {
      const { removed } = JSON.parse(await output(['cleanup', url, '--json']))
      expect(removed).toBe(name === 'Redis' ? 0 : 1)
      expect(JSON.parse(await output(['stats', url, '--json']))).toMatchObject({ live: 6, expired: 0 })
    })

    it('check tests concurrent updates, and leaves no records', async () => {
      const before = await heldBy(url)
      const text = await output(['check', url])
      expect(text).toMatch(/80 racing updates, none lost/)
      expect(text).not.toMatch(/FAILED/)
      expect(await heldBy(url)).toEqual(before)
    })
  })
}

describeCommands('disk', () => `disk:${join(newFolder(), 'sessions')}`)
describeWith(redis, (server) => {
  if (inFull) describeCommands('Redis', () => server().url)

  describe('cleanup', () => {
    it('keeps the indexes of a bank complete, even without the schema that names them', async () => {
      const { url } = server()
      const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
      const wholeFields = () => heldBy(url, COVERAGE_TYPE).then((held) => held.get('session')?.json)
      await withStore(url, async ({ bank }) => {
        for (const type of ['session', COVERAGE_TYPE]) await bank.records(type).clear()
      })
      await withStore(url, ({ store }) => store.save('a', { user: { id: 7 }, cookie: {} }), { schema })
      expect(await output(['cleanup', url])).toMatch(/^removed 0 expired sessions/)
      expect(await wholeFields()).toContain('user.id')
    })
  })

  describe('check', () => {
    it('reports what an account may not do', async () => {
      const client = createClient({ url: server().url })
      await client.connect()
      await client.sendCommand(['ACL', 'SETUSER', 'reader', 'on', '>pass-word-1', '~*', '+@all', '-@write'])
      client.destroy()
      const url = server().url.replace('//', '//reader:pass-word-1@')
      const { code, out } = await sessionbank(['check', url])
      expect(code).toBe(1)
      expect(out).toMatch(/^ok +may read$/m)
      expect(out).toMatch(/^FAILED +may write, touch and delete: /m)
      expect(out).not.toMatch(/pass-word-1|racing/)
    })
  })
})
if (inFull) describeWith(postgres, (server) => describeCommands('PostgreSQL', () => server().url))

describe('sessions sealed with a missing key', () => {
  it('are reported, and a revoke that may have missed some fails', async () => {
    const url = `disk:${join(newFolder(), 'sessions')}`
    const encryption = { keys: [randomBytes(32)] }
    await withStore(url, ({ store }) => store.save('a', { user: { id: 9 }, cookie: {} }), { encryption })
    await withStore(url, ({ store }) => store.save('b', { user: { id: 9 }, cookie: {} }))

    expect(await sessionbank(['list', url, '--where', 'user.id=8'])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/1 session cannot be read .* not listed/),
    })
    const revoke = ['revoke', url, '--where', 'user.id=9', '--yes']
    for (const out of ['ended 1 session\n', '']) {
      expect(await sessionbank(revoke)).toMatchObject({
        code: 1,
        out,
        err: expect.stringMatching(/1 session cannot be read .* may have matched/),
      })
    }
    expect(await output(['stats', url, '--json'])).toMatch(/"unreadable":\s*1/)
  })
})

describe('list', () => {
  it('ends without an error if its reader closes the pipe', async () => {
    const url = `disk:${newFolder()}`
    await withStore(url, async ({ store }) => {
      await Promise.all(
        Array.from({ length: 2_000 }, (_, n) => store.save(`sid-${n}`, { text: 'x'.repeat(500), cookie: {} })),
      )
    })
    const bin = join(__dirname, '../bin/sessionbank.js')
    const shell = spawn('sh', ['-c', `"$0" "$1" list "$2" --json | head -n 1`, process.execPath, bin, url])
    let err = ''
    shell.stderr.on('data', (data) => (err += data))
    await once(shell, 'close')
    expect(err).toBe('')
  })

  it('shows no control characters', async () => {
    const url = `disk:${newFolder()}`
    await withStore(url, ({ store }) => store.save('\u009b2J', { agent: '\u001b[2J\u202e\u009b2J', cookie: {} }))
    const handle = sessionHandle('\u009b2J')
    for (const args of [
      ['list', url, '--full-ids'],
      ['list', url, '--json', '--full-ids'],
      ['show', url, handle, '--full-ids'],
    ]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters on purpose
      expect(await output(args)).not.toMatch(/[\u001b\u009b\u202e]/)
    }
    expect(JSON.parse(await output(['show', url, handle, '--json'])).session.agent).toBe('\u001b[2J\u202e\u009b2J')
  })
})

describe('backup', () => {
  it('copies only a disk bank', async () => {
    const folder = newFolder()
    const url = `disk:${join(folder, 'sessions')}`
    await withStore(url, ({ store }) => store.save('a', { n: 1, cookie: {} }))
    await output(['backup', url, join(folder, 'copy')])
    expect(await heldBy(`disk:${join(folder, 'copy')}`)).toEqual(await heldBy(url))
    await expectFailure(['backup', url, join(folder, 'copy')], /not empty/, 1)
    await expectFailure(['backup', 'redis://127.0.0.1:1', folder], /own tool/)
  })
})

describe('a wrong command', () => {
  it.each([
    [['stats'], /missing required argument 'url'/],
    [['sttas', 'disk:x'], /did you mean stats/i],
    [['stats', 'disk:/nowhere'], /no bank in the folder/],
    [['stats', 'disk:x', '--jsno'], /did you mean --json/i],
    [['stats', './sessions'], /write "disk:" before it/],
    [['stats', 'rediss//localhost'], /did you mean "rediss:/],
    [['stats', 'memory:'], /in the process of its app/],
    [['stats', 'env:NO_SUCH_NAME'], /no variable NO_SUCH_NAME/],
    [['list', 'disk:x', '--where', 'user'], /a field and a value/],
    [['list', 'disk:x', '--where', 'user=ann'], /in double quotes/],
    [['list', 'disk:x', '--where', 'a=1', '--where', 'a=2'], /twice/],
    [['stats', 'disk:x', '--options', '/nowhere.json'], /no bank|cannot be read/],
  ])('such as %p prints one line and exits with 2', async (args, line) => {
    await expectFailure(args, line)
    expect(existsSync('x')).toBe(false)
  })

  it('that is empty prints the help', async () => {
    expect(await sessionbank([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Commands:') })
    expect(await output(['revoke', '--help'])).toMatch(/Examples:\n {2}\$ sessionbank revoke/)
    expect(await output(['--version'])).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('with a wrong URL prints no password', async () => {
    const { code, err } = await sessionbank(['stats', 'redis://user:pass-word-1@127.0.0.1:1'])
    expect(code).toBe(1)
    expect(err).toMatch(/^error: Redis at 127.0.0.1:1 cannot be reached.*\n$/)
    expect(err).not.toContain('pass-word-1')
  })
})

describe('colours', () => {
  it('are omitted in a pipe, and with NO_COLOR', async () => {
    const url = `disk:${newFolder()}`
    await withStore(url, ({ store }) => store.save('a', { cookie: {} }))
    expect(await output(['stats', url])).not.toContain('\u001b')
    expect(await output(['stats', url], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } })).not.toContain('\u001b')
    expect(await output(['stats', url], { env: { FORCE_COLOR: '1' } })).toContain('\u001b')
  })
})
