import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sessionHandle } from '@sessionbank/session-core'
import { expectFailure, heldBy, newFolder, output, sessionbank, withStore } from './cli.ts'

const key = randomBytes(32).toString('base64')
const encryption = { keys: [key], blind: ['user.id'] }
const schema = { session: { pkey: 'sid', indices: ['user.id'] } }

let folder: string
let url: string
beforeEach(async () => {
  folder = newFolder()
  url = `disk:${join(folder, 'sessions')}`
  await withStore(url, async ({ store }) => {
    for (let n = 0; n < 5; n++) await store.save(`sid-${n}`, { user: { id: n }, cookie: {} })
  })
})

function file(options: object): string[] {
  writeFileSync(join(folder, 'options.json'), JSON.stringify(options))
  return ['--options', join(folder, 'options.json')]
}

describe('reindex', () => {
  it('seals and indexes all sessions of a bank in use', async () => {
    expect(await output(['reindex', url, ...file({ schema, encryption })])).toBe('rewrote 5 sessions\n')
    for (const { json } of (await heldBy(url)).values()) expect(json).toMatch(/^\{"_bank":\{"created":\d+,"sealed"/)
    const sealed = { schema, encryption: { ...encryption, plain: false } }
    expect(await withStore(url, ({ store }) => store.find({ 'user.id': 3 }), sealed)).toHaveLength(1)
  })

  it('names sessions that it cannot read', async () => {
    await withStore(url, ({ store }) => store.save('sealed', { cookie: {} }), { encryption })
    const ended = await sessionbank(['reindex', url])
    expect(ended).toMatchObject({ code: 1, out: 'rewrote 5 sessions\n' })
    expect(ended.err).toContain(sessionHandle('sealed'))
  })
})

describe('rehash', () => {
  it('logs no session out, and leaves no id in the bank', async () => {
    expect(await output(['rehash', url], { input: 'y\n' })).toMatch(/hashed the ids of 5 sessions/)
    expect(JSON.stringify([...(await heldBy(url))])).not.toContain('sid-')
    expect(await withStore(url, ({ store }) => store.load('sid-3'), { hashIds: true })).toMatchObject({
      user: { id: 3 },
    })
    expect(await output(['rehash', url, '--yes'])).toMatch(/hashed the ids of 0 sessions/)
  })

  it('changes nothing unless the app is stopped', async () => {
    const before = await heldBy(url)
    expect(await sessionbank(['rehash', url], { input: 'n\n' })).toMatchObject({ code: 0, out: '' })
    expect(await sessionbank(['rehash', url])).toMatchObject({ code: 2, out: '' })
    await expectFailure(['rehash', `disk:${folder}`, '--yes'], /no bank/)
    expect(await heldBy(url)).toEqual(before)
  })
})
