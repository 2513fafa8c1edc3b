import { execFileSync } from 'node:child_process'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import { describeWith, redis } from '@sessionbank/test-servers'
import { closeBank, LIBRARIES, openBank } from './bank.ts'

const ID = 'canary-id'
const CONTENT = 'canary-content'
const JSON_TEXT = JSON.stringify({ word: CONTENT })

describeWith(redis, (server) => {
  const cli = (...args: string[]) => execFileSync('redis-cli', ['-p', String(server().port), ...args])

  it.each(LIBRARIES)(
    'an error of a refused command names the command, but shows no id and no content (%s)',
    async (library) => {
      const all = ['reset', 'on', '>x', '~*', '+@all']
      cli('ACL', 'SETUSER', 'app', ...all)
      const bank = await openBank({ url: `redis://app:x@127.0.0.1:${server().port}`, library })
      const records = bank.records('session')
      const refuse = async (expected: RegExp, call: () => Promise<unknown>) => {
        const error = await call().then(
          () => new Error('it was not refused'),
          (refused) => refused,
        )
        expect(error).toMatchObject({
          code: 'SESSIONBANK_OPERATION_FAILED',
          message: expect.stringMatching(expected),
        })
        assertHides(error, ID, CONTENT)
      }

      cli('LPUSH', `session:${ID}`, CONTENT)
      // The script's GET fails, which Redis reports as an error of the script.
      await refuse(/Redis refused EVAL(SHA)? with WRONGTYPE/, () => records.read(ID))
      await refuse(/Redis refused EVAL(SHA)? with/, () =>
        records.write(ID, JSON_TEXT, { expires: null, ifRevision: CONTENT }),
      )
      cli('ACL', 'SETUSER', 'app', ...all, '-set', '-del', '-scan')
      await refuse(/Redis refused SET with NOPERM/, () => records.write(ID, JSON_TEXT, { expires: null }))
      await refuse(/Redis refused DEL with NOPERM/, () => records.delete(ID))
      await refuse(/Redis refused SCAN with NOPERM/, () => records.count())
      cli('ACL', 'SETUSER', 'app', ...all)
      cli('CONFIG', 'SET', 'maxmemory', '1')
      await refuse(/Redis refused SET with OOM/, () => records.write(ID, JSON_TEXT, { expires: null }))
      cli('CONFIG', 'SET', 'maxmemory', '0')
      cli('DEL', `session:${ID}`)
      await closeBank(bank)
    },
  )
})
