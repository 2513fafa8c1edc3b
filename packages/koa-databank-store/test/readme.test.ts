import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as exported from '../src/index.ts'

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8')

/** The names in the first column of a section's table. */
function namesUnder(heading: string): string[] {
  const section = readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return Array.from(section.matchAll(/^\| `([\w.]+)/gm), ([, name]) => name as string)
}

describe('the README', () => {
  it('has each option', () => {
    const bank = { read() {}, save() {}, del() {}, scan() {} }
    const ask = () => new exported.DatabankStore(bank as never, { unknown: 1 } as never)
    expect(ask).toThrow(`unknown option "unknown": known are ${namesUnder('Options').join(', ')}`)
  })

  it('has each method', () => {
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(exported.DatabankStore.prototype))
    expect(namesUnder('Methods').sort()).toEqual(own.filter((name) => name !== 'constructor').sort())
  })
})
