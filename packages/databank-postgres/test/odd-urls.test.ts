import { join } from 'node:path'
import { oddUrls, openInChild } from '@sessionbank/test-servers'

const DRIVER = { folder: join(__dirname, '..'), className: 'PostgresDatabank' }

/** The allowed error codes, and null for success, because a developer's server may listen on the default host. */
const SETTLED = /^(null|SESSIONBANK_(CONNECT_FAILED|INVALID_OPTION))$/

it('an odd URL opens or is rejected with a code, and never ends the process', async () => {
  const urls = oddUrls('postgres', 'ann:s3cret', '/app')
  const outcomes = await openInChild(DRIVER, urls, 1_000)
  for (const outcome of outcomes) {
    expect([outcome.url, String(outcome.code)]).toEqual([outcome.url, expect.stringMatching(SETTLED)])
    expect({ ...outcome, url: '' }).not.toMatchObject({ message: expect.stringContaining('s3cret') })
  }
}, 150_000)
