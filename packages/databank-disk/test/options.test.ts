import { join, resolve } from 'node:path'
import { appDatabank } from '@sessionbank/databank-kit'
import { DiskDatabank } from '../src/index.ts'
import { checkedOptions } from '../src/options.ts'

it('the driver is registered with databank as "disk"', () => {
  expect(appDatabank()?.Databank.get('disk', { dir: './sessions' })).toBeInstanceOf(DiskDatabank)
})

it.each([
  [{ dir: './sessions' }, resolve('sessions')],
  [{ url: 'disk:./sessions' }, resolve('sessions')],
  [{ url: 'disk:sessions' }, resolve('sessions')],
  [{ url: 'disk:/var/lib/sessions' }, '/var/lib/sessions'],
  [{ url: 'disk:///var/lib/sessions' }, '/var/lib/sessions'],
  [{ url: 'disk:./a%20b ?#c' }, join(resolve('.'), 'a%20b ?#c')],
])('the options %p are accepted', (params, directory) => {
  expect(checkedOptions(params).directory).toBe(directory)
})

it.each([
  {},
  { dir: '' },
  { dir: 5 },
  { dir: 'a\0b' },
  { url: 'disk:' },
  { url: 'redis://localhost' },
  { url: 'disk://sessions' },
  { url: 'disk://' },
  { url: 'disk:/' },
  { url: 'disk:///' },
  { dir: '/' },
  { dir: 'a', schema: { session: { indices: 'user' } } },
  { url: null },
  { dir: 'a', url: 'disk:a' },
])('the options %p are rejected', (params) => {
  expect(() => new DiskDatabank(params as object)).toThrow(
    expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION' }),
  )
})
