import { openDatabank, SessionStore } from '../src/index.ts'

describe('a session that is set by hand, in a bank that can read synchronously,', () => {
  async function openStore() {
    const bank = await openDatabank('memory:')
    const records = bank.records?.('session')
    if (!records) throw new Error('the memory bank has records')
    return { records, store: new SessionStore({ ...asBank(bank), records: () => records }, { cleanupInterval: false }) }
  }

  it('takes one write, even if it replaces an existing session', async () => {
    const { records, store } = await openStore()
    if (!records.sync) throw new Error('the memory bank is synchronous')
    const write = jest.spyOn(records.sync, 'write')
    for (const n of [1, 2]) await store.save('a', { n, cookie: {} })
    expect(write).toHaveBeenCalledTimes(2)
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('does not replace a record of a form that this version does not know', async () => {
    const { records, store } = await openStore()
    const unknown = ['{"cookie":{},"_bank":{"sealed":"x"}}', '{"_bank":{"created":1},"cookie":{},"_bank":7}']
    for (const [n, json] of unknown.entries()) {
      await records.write(`a${n}`, json, { expires: null })
      await expect(store.save(`a${n}`, { n, cookie: {} })).rejects.toMatchObject({ code: 'SESSIONBANK_UNREADABLE' })
      expect((await records.read(`a${n}`))?.json).toBe(json)
    }
  })

  it('replaces a record that is not a session, even if its text ends like one', async () => {
    const { records, store } = await openStore()
    for (const json of ['{"a":{"b":1,"_bank":{"created":5}}}', '[{"b":1,"_bank":{"created":5}}]', '"text"']) {
      await records.write('a', json, { expires: null })
      await store.save('a', { n: 1, cookie: {} })
      expect(await store.load('a')).toMatchObject({ n: 1 })
    }
  })
})

function asBank(bank: Awaited<ReturnType<typeof openDatabank>>) {
  const { read, save, del, scan } = bank
  return { read: read.bind(bank), save: save.bind(bank), del: del.bind(bank), scan: scan.bind(bank) }
}
