import { join } from 'node:path'
import type { Records } from '@sessionbank/databank-kit'
import { RecordTokens } from '@sessionbank/session-core/maintenance'
import { Copier } from '../src/copy/copier.ts'
import { CopyJournal } from '../src/copy/journal.ts'
import { newFolder, withStore } from './cli.ts'

describe('a copy that was interrupted', () => {
  it.each([
    ['before a write', false],
    ['after a write', true],
  ])('%s recognizes its own records, and updates them', async (_, isWritten) => {
    const folder = newFolder()
    const journal = new CopyJournal(join(folder, 'journal'), 'from', 'to')
    await withStore(`disk:${join(folder, 'from')}`, ({ bank: source }) => {
      return withStore(`disk:${join(folder, 'to')}`, async ({ bank: target }) => {
        const from = source.records('session')
        const to = target.records('session')
        const copier = (records: Partial<Records> = {}) => {
          const tokens = new RecordTokens(target)
          const proxied: Records = new Proxy(to, {
            get(_target, name: keyof Records) {
              const own = to[name]
              return records[name] ?? (typeof own === 'function' ? own.bind(to) : own)
            },
          })
          return new Copier({ from, to: proxied, tokens, journal, onRecord() {} })
        }
        const breaking: Partial<Records> = {
          async write(...args) {
            if (isWritten) await to.write(...args)
            throw new Error('killed')
          },
        }
        const texts = async () => [(await to.read('a'))?.json, (await to.read('b'))?.json]
        await from.write('a', '1', { expires: null })
        await copier().pass(false)
        // The copies of a change and of a new record are interrupted, then both records change once more.
        for (const round of ['2', '3']) {
          for (const id of ['a', 'b']) await from.write(id, round, { expires: null })
          await expect(copier(breaking).pass(true)).rejects.toThrow('killed')
        }
        for (const id of ['a', 'b']) await from.write(id, '4', { expires: null })
        expect(await copier().pass(true)).toMatchObject({ written: 2, kept: 0 })
        expect(await texts()).toEqual(['4', '4'])
      })
    })
    await journal.close()
  })
})
