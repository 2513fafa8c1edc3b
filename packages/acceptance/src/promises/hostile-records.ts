import { FUZZ_TIMEOUT, fuzzRuns, mutationsOf, SPECIAL_LETTERS } from '@sessionbank/test-servers'
import * as fc from 'fast-check'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { forEachFramework, useApp } from '../frameworks.ts'

const SID = 'planted'
const HOUR = 3_600_000

/** Names of members of the frameworks, their cookie classes and `Object`. */
const NAMES = [
  ...['path', 'domain', 'sameSite', 'secure', 'httpOnly', 'priority', 'partitioned', 'signed', 'overwrite', 'encode'],
  ...['expires', 'maxAge', 'originalMaxAge', 'originalExpires', '_expires', '_maxAge', '_expire', '_session', 'data'],
  ...['_ctx', '_sessCtx', '_externalKey', '_requireSave', 'externalKey', 'isNew', 'populated', 'commit'],
  ...['serialize', 'toJSON', 'options', 'constructor', '__proto__', 'hasOwnProperty', 'toString', 'valueOf', 'then'],
  ...[
    'save',
    'touch',
    'reload',
    'cookie',
    'sid',
    '_bank',
    'user',
    'visits',
    'id',
    'req',
    'length',
    '',
    '0',
    'get',
    'set',
  ],
]

const name = fc.constantFrom(...NAMES)
const value = fc.oneof(
  fc.constantFrom(null, true, '', 'x', 0, -1, 1e300, [], {}, '\ud800', ';\r\n', { a: { b: 1 } }),
  fc.jsonValue(),
)
const members = fc.array(fc.tuple(name, value), { maxLength: 3 }).map((list) => {
  return list.map(([key, member]) => `,${JSON.stringify(key)}:${JSON.stringify(member)}`).join('')
})

/** Returns a record with odd members in its cookie and in itself. */
function recordOf([inCookie, beside]: [string, string]): string {
  const expires = new Date(Date.now() + HOUR).toISOString()
  const cookie = `{"originalMaxAge":${HOUR},"expires":"${expires}","httpOnly":true,"path":"/"${inCookie}}`
  return `{"user":"ann","visits":1,"deep":{"a":[1,"b",null]},"cookie":${cookie},"sid":"${SID}","_bank":{"created":1893456000000}${beside}}`
}

/** Whatever a record contains, a request is answered: with its session, or as that of a new visitor. */
export function hostileRecords(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const apps = [{}, ...framework.variants].map((variant) => useApp(stage, framework, variant))
    const anApp = fc.constantFrom(...apps.keys())
    const texts = fc.oneof(
      fc.tuple(members, members).map(recordOf),
      fc
        .constantFrom(1_000, 3_000, 100_000)
        .map((depth) => recordOf(['', `,"deep":${'['.repeat(depth)}${']'.repeat(depth)}`])),
      fc.constantFrom(...mutationsOf(recordOf(['', '']), SPECIAL_LETTERS)),
      fc.constantFrom(...mutationsOf('{"user":"ann","cookie":{"expires":null},"sid":"planted"}', SPECIAL_LETTERS)),
    )

    it(
      'answers a request whatever its stored session contains',
      async () => {
        const property = fc.asyncProperty(anApp, texts, async (n, text) => {
          const errors: unknown[] = []
          const app = apps[n] as (typeof apps)[number]
          app()
            .store.removeAllListeners('error')
            .on('error', (error: unknown) => errors.push(error))
          await stage.plant(SID, text)
          const client = new Client(app()).forge(app().cookieFor(SID))
          const answers = [
            await client.request('visit'),
            await client.request('remember', { maxAge: HOUR }),
            await client.request('logout'),
          ]
          expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
          for (const error of errors) expect(error).toMatchObject({ code: 'SESSIONBANK_UNREADABLE' })
          await stage.records.delete(SID)
        })
        await fc.assert(property, fuzzRuns(100, 500))
      },
      FUZZ_TIMEOUT,
    )
  })
}
