import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CouchbaseDatabank } from '@sessionbank/databank-couchbase'
import { DiskDatabank } from '@sessionbank/databank-disk'
import { MemoryDatabank } from '@sessionbank/databank-memory'
import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { PostgresDatabank } from '@sessionbank/databank-postgres'
import { RedisDatabank } from '@sessionbank/databank-redis'
import * as express from '@sessionbank/express-databank-store'
import * as fastify from '@sessionbank/fastify-databank-store'
import * as koa from '@sessionbank/koa-databank-store'
import { openDatabank } from '@sessionbank/session-core'

const DRIVERS = {
  Disk: DiskDatabank,
  Memory: MemoryDatabank,
  Redis: RedisDatabank,
  PostgreSQL: PostgresDatabank,
  MongoDB: MongodbDatabank,
  Couchbase: CouchbaseDatabank,
}
const PAGE = readFileSync(join(__dirname, '../../../docs/reference.md'), 'utf8')

/** Returns the names in the first column of a section's tables. */
function namesUnder(heading: string): string[] {
  return namesIn(PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
}

/** Returns the names in the first column of the table with this title, in a section of the third level. */
function namesOf(heading: string, title: string): string[] {
  const section = PAGE.split(`\n### ${heading}\n`)[1]?.split(/\n##/)[0] ?? ''
  return namesIn(section.split(`\n| ${title} |`)[1]?.split('\n\n')[0] ?? '')
}

function namesIn(text: string): string[] {
  const cells = Array.from(text.matchAll(/^\| (`[^|]+) \|/gm), ([, cell]) => cell as string)
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([\w.]+)/g), ([, name]) => name as string))
}

/** Returns the names that an error message lists as known. */
function knownTo(action: () => unknown): string[] {
  let message = ''
  try {
    action()
  } catch (error) {
    message = (error as Error).message
  }
  return /nown (?:names )?are (.*)$/.exec(message)?.[1]?.split(', ') ?? []
}

/** Calls the constructor of a driver with options that its types do not allow. */
function make(Driver: new (options: never) => object, options: object): object {
  return new Driver(options as never)
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
    expect(ask).toThrow(`unknown option "unknown": known names are ${namesUnder('Options').join(', ')}`)
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

  it.each(Object.entries(DRIVERS))('has each option of the driver for %s', (heading, Driver) => {
    const ofEveryBank = ['driver', 'schema', 'timeout', 'retry']
    const known = knownTo(() => make(Driver, { unknown: 1 }))
    expect([...namesOf(heading, 'option'), ...ofEveryBank].sort()).toEqual(known.sort())
  })

  it('has each class of a driver, and the name by which databank knows it', () => {
    for (const Driver of Object.values(DRIVERS)) {
      expect(PAGE).toContain(`| \`${Driver.name}\` | \`${Driver.driverName}\` `)
    }
  })

  it('has each option of `tls` and of `wait`', () => {
    const url = 'rediss://localhost'
    const tls = knownTo(() => make(RedisDatabank, { url, tls: { unknown: 1 } }))
    expect(namesOf('TLS', 'option of `tls`').sort()).toEqual(tls.sort())
    const wait = knownTo(() => make(RedisDatabank, { wait: { unknown: 1 } }))
    expect(wait.length).toBeGreaterThan(0)
    for (const name of wait) expect(PAGE).toMatch(new RegExp(`^\\| \`wait\` .*\\b${name}\\b`, 'm'))
  })

  it.each([
    ['Redis', () => make(RedisDatabank, { url: 'rediss://localhost?unknown=1' })],
    ['PostgreSQL', () => make(PostgresDatabank, { url: 'postgres://localhost/app?sslunknown=1' })],
  ])('has each URL parameter that the driver for %s reads', (heading, ask) => {
    expect(namesOf(heading, 'URL parameter').sort()).toEqual(knownTo(ask).sort())
  })

  it.each([
    ['MongoDB', MongodbDatabank, 'mongodb://localhost/app'],
    ['Couchbase', CouchbaseDatabank, 'couchbases://app:secret@localhost/sessions'],
  ])(
    'has query parameters that the driver for %s passes to its client, and those that it rejects',
    (heading, Driver, url) => {
      const parameters = namesOf(heading, 'URL parameter')
      expect(parameters).not.toEqual([])
      for (const name of parameters) make(Driver, { url: `${url}?${name}=true` })

      const section = PAGE.split(`\n### ${heading}\n`)[1]?.split('\n##')[0] ?? ''
      const [, sentence = ''] = /^(`tls.*are|`tls.*is) refused/m.exec(section) ?? []
      const refused = Array.from(sentence.matchAll(/`([^`]+)`/g), ([, name]) => name as string)
      expect(refused).not.toEqual([])
      for (const name of refused) {
        const asked = name.includes('=') ? name : `${name}=true`
        expect(() => make(Driver, { url: `${url}?${asked}` })).toThrow(/certificate/)
      }
    },
  )

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
