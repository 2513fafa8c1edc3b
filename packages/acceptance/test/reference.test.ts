import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as express from '@sessionbank/express-databank-store'
import * as fastify from '@sessionbank/fastify-databank-store'
import * as koa from '@sessionbank/koa-databank-store'
import { openDatabank } from '@sessionbank/session-core'

const PAGE = readFileSync(join(__dirname, '../../../docs/reference.md'), 'utf8')

/** Returns the names in the first column of a section's tables. */
function namesUnder(heading: string): string[] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const cells = Array.from(section.matchAll(/^\| (`[^|]+) \|/gm), ([, cell]) => cell as string)
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([\w.]+)/g), ([, name]) => name as string))
}

function membersOf({ prototype }: { prototype: object }): string[] {
  const inherited: object = Object.getPrototypeOf(prototype)
  return Object.getOwnPropertyNames(inherited).filter((name) => name !== 'constructor')
}

describe('docs/reference.md', () => {
  it.each([
    ['Express', express.DatabankStore],
    ['Koa', koa.DatabankStore],
    ['Fastify', fastify.DatabankStore],
  ])('has each option and method of the store for %s', (_, Store) => {
    const bank = { read() {}, save() {}, del() {}, scan() {} }
    const ask = () => new Store(bank as never, { unknown: 1 } as never)
    expect(ask).toThrow(`unknown option "unknown": known are ${namesUnder('Options').join(', ')}`)
    expect(namesUnder('Methods').sort()).toEqual(membersOf(Store).sort())
  })

  it('has the options and methods that all banks have', async () => {
    await using bank = await openDatabank('memory:')
    const names = namesUnder('The bank')
    for (const name of ['connect', 'disconnect', 'ping', 'records']) {
      expect(names).toContain(name)
      expect(bank).toHaveProperty(name)
    }
    const refused = await openDatabank('memory:', { unknown: 1 } as never).catch(({ message }) => message)
    for (const name of ['schema', 'timeout', 'retry']) {
      expect(names).toContain(name)
      expect(refused).toMatch(new RegExp(`\\b${name}\\b`))
    }
  })

  it('has each scheme of a URL', () => {
    const source = readFileSync(join(__dirname, '../../session-core/src/open-databank.ts'), 'utf8')
    const schemes = Array.from(source.matchAll(/^ {2}\['([\w+]+:)', \w+\]/gm), ([, scheme]) => scheme as string)
    expect(schemes.length).toBeGreaterThan(15)
    expect(schemes.filter((scheme) => !PAGE.includes(`\`${scheme}`))).toEqual([])
  })

  it('has each event', () => {
    const source = readFileSync(join(__dirname, '../../session-core/src/events.ts'), 'utf8')
    const declared = source.split('interface StoreEvents')[1]?.split('\n}')[0] ?? ''
    const events = Array.from(declared.matchAll(/^ {2}(\w+)\??[:(]/gm), ([, name]) => name as string)
    expect(events.length).toBeGreaterThan(4)
    expect(namesUnder('Events').sort()).toEqual(events.sort())
  })
})
