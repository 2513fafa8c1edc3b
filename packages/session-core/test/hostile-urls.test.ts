import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { FUZZ_TIMEOUT, fuzzRuns, mutationsOf, SPECIAL_LETTERS, temporaryFolder } from '@sessionbank/test-servers'
import * as fc from 'fast-check'

/** Repeated, so that one repetition survives a mutation in one place. */
const USER = 'annannannann'
const SECRET = 'pa55wordpa55word'
const CANARIES = ['annann', 'pa55word']
const LOGIN = `${USER}:${SECRET}`

/** No server listens on port 1. */
const URLS = [
  'memory:',
  'disk:./sessions',
  `redis://${LOGIN}@127.0.0.1:1/2`,
  `rediss://${LOGIN}@localhost:1`,
  `redis+cluster://${LOGIN}@127.0.0.1:1,127.0.0.1:2`,
  `redis+sentinel://${LOGIN}@127.0.0.1:1,127.0.0.1:2/main/1`,
  `postgres://${LOGIN}@127.0.0.1:1/app?sslmode=verify-full`,
  `mongodb://${LOGIN}@127.0.0.1:1,127.0.0.1:2/app?authSource=admin&maxPoolSize=5`,
  `mongodb+srv://${LOGIN}@sessions.invalid/app?tls=true`,
]
/** Separate, because its client is native code with its own network access. */
const COUCHBASE = `couchbase://${LOGIN}@127.0.0.1:1/app?kv_timeout=5000`

interface Outcome {
  url: string
  /** null if the bank was opened. */
  code: string | null
  /** Whether the error is a SessionbankError. */
  isOurs: boolean
  /** All that the error or the bank shows when it is inspected. */
  shown: string
}

/**
 * Opens each URL in one child process, in an empty folder. Rejects if the process does not end by itself with the
 * status 0.
 */
async function opened(urls: string[]): Promise<Outcome[]> {
  const folder = temporaryFolder('hostile-urls')
  const outside = urls.filter((url) => /^disk:/i.test(url) && !isBelow(folder.path, url.slice('disk:'.length)))
  const tried = urls.filter((url) => !outside.includes(url))
  const child = spawn(process.execPath, [join(__dirname, 'open-urls.cjs')], { cwd: folder.path })
  child.stdin.end(JSON.stringify(tried))
  const status = new Promise((ended) => child.once('close', (code, signal) => ended(code ?? signal)))
  const [written, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  folder.remove()
  if ((await status) !== 0) throw new Error(`the process ended with ${await status}:\n${complaints}`)
  const outcomes: Omit<Outcome, 'url'>[] = JSON.parse(written)
  return outcomes.map((outcome, n) => ({ url: tried[n] as string, ...outcome }))
}

function isBelow(folder: string, path: string): boolean {
  return path.includes('\0') || resolve(folder, path).startsWith(`${folder}/`)
}

function expectSettled(outcomes: Outcome[]): void {
  for (const { url, code, isOurs, shown } of outcomes) {
    expect([isOurs, String(code), shown]).toEqual([true, expect.stringMatching(/^(null|SESSIONBANK_\w+)$/), shown])
    // Without an @, the user is parsed as the host, which errors quote.
    for (const canary of url.includes('@') ? CANARIES : CANARIES.slice(1))
      expect([url, shown.includes(canary) && shown]).toEqual([url, false])
  }
}

describe('a URL that differs in one place from a valid one', () => {
  const { numRuns, seed } = fuzzRuns(30, 80)
  const sampleOf = (urls: string[], count: number) => {
    return urls.length <= count ? urls : fc.sample(fc.constantFrom(...urls), { numRuns: count, ...(seed && { seed }) })
  }

  it.each(URLS)(
    'opens or is refused with a SessionbankError without user and password: %s',
    async (url) => {
      expectSettled(await opened(sampleOf([...mutationsOf(url, SPECIAL_LETTERS)], numRuns)))
    },
    FUZZ_TIMEOUT,
  )

  it(
    'opens or is refused with a SessionbankError without user and password, for Couchbase',
    async () => {
      // A bank without a server takes seconds to close its client.
      const sameHost = [...mutationsOf(COUCHBASE, SPECIAL_LETTERS)].filter((url) => url.includes('@127.0.0.1:1/'))
      expectSettled(await opened(sampleOf(sameHost, Math.ceil(numRuns / 5))))
    },
    FUZZ_TIMEOUT,
  )
})
