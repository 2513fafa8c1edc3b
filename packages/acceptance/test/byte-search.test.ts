import { randomBytes } from 'node:crypto'
import { SessionStore } from '@sessionbank/session-core'
import { couchbase, describeWith, inFull, mongodb, postgres, redis } from '@sessionbank/test-servers'
import { expressFramework } from '../src/apps/express.ts'
import { Canaries } from '../src/byte-search/canaries.ts'
import { type Evidence, formsOf, traces } from '../src/byte-search/evidence.ts'
import {
  type SearchedBank,
  searchedCouchbase,
  searchedDisk,
  searchedMemory,
  searchedMongodb,
  searchedPostgres,
  searchedRedis,
} from '../src/byte-search/searched-banks.ts'
import { BLIND, useEverything } from '../src/byte-search/use-everything.ts'
import { frameworks } from '../src/frameworks.ts'

/** Enough for many pages of LMDB. */
const SESSIONS = 200

/** The frameworks whose sessions are searched in each bank: all of them with `CI=true`. */
const tried = inFull ? frameworks : [expressFramework]

describe('the search', () => {
  it.each(formsOf('needle'))('finds a text among bytes in the encoding %s', (name, form) => {
    const bytes = Buffer.concat([Buffer.from('hay'), form, Buffer.from('hay')])

    expect(traces('needle', [{ name: 'stack', bytes }])).toContain(`stack: ${name}`)
  })

  it.each([0, 1, 2])('finds a text in base64, after %i bytes and before others', (before) => {
    const text = Buffer.from(`${'x'.repeat(before)}needle, and more`)
    for (const encoding of ['base64', 'base64url'] as const) {
      const bytes = Buffer.from(text.toString(encoding))
      expect(traces('needle', [{ name: 'stack', bytes }])).toContain(`stack: ${encoding} behind ${before}`)
    }
  })
})

describe('a search of every byte', () => {
  describe('in memory', () => finds(searchedMemory))
  describe('on disk', () => finds(searchedDisk))
  if (!inFull) return
  describeWith(redis, (server) => finds(() => searchedRedis(server())))
  describeWith(postgres, (server) => finds(() => searchedPostgres(server())))
  describeWith(mongodb, (server) => finds(() => searchedMongodb(server())))
  describeWith(couchbase, (server) => finds(() => searchedCouchbase(server())))
})

describe('a backup of a disk bank whose app has set hashIds and encryption during use', () => {
  const canaries = new Canaries()
  const encryption = { keys: [randomBytes(32)], blind: [BLIND] }
  const session = { user: { id: canaries.blind, name: canaries.value }, plan: canaries.indexed, cookie: {} }
  /** Backups: before a save, after all sessions have been saved, and after those with older ids have ended. */
  const [before, sealed, ended]: [Evidence[], Evidence[], Evidence[]] = [[], [], []]

  beforeAll(async () => {
    const searched = await searchedDisk()
    const { bank } = searched
    const backup = async () => (await searched.look()).backup ?? []
    await useEverything(expressFramework, bank, canaries)
    const plain = new SessionStore(bank)
    await Promise.all(Array.from({ length: SESSIONS }, () => plain.save(canaries.newSid(), session)))
    await plain.close()
    const store = new SessionStore(bank, { hashIds: 'migrate', encryption })
    const sids: string[] = []
    for await (const [id] of bank.records?.('session').entries() ?? []) sids.push(id)

    before.push(...(await backup()))
    await Promise.all(sids.map((sid) => store.update(sid, (one) => Object.assign(one, { seen: true }))))
    sealed.push(...(await backup()))
    await Promise.all(sids.map((sid) => store.destroy(sid)))
    await store.save(canaries.newSid(), session)
    ended.push(...(await backup()))

    expect(await store.find({ [BLIND]: canaries.blind })).toHaveLength(1)
    await store.close()
    await searched.close()
  })

  it('contains plain sessions that were not saved since', () => {
    for (const text of Object.values(canaries.stored)) expect(traces(text, before)).toEqual(['data.mdb: utf8'])
  })

  it('contains only the ids of sessions that were saved since', () => {
    const { sid, ...others } = canaries.stored
    for (const text of Object.values(others)) expect(traces(text, sealed)).toEqual([])
    expect(traces(sid as string, sealed)).toEqual(['data.mdb: utf8'])
  })

  it('contains nothing of sessions that have ended', () => {
    expect(ended.map(({ name }) => name)).toEqual(['data.mdb'])
    expect(traces(canaries.stem, ended)).toEqual([])
  })
})

/** Each test searches for its own values, so that values left by others do not matter. */
function finds(open: () => Promise<SearchedBank>): void {
  let searched: SearchedBank
  beforeEach(async () => {
    searched = await open()
  })
  afterEach(() => searched.close())

  it.each([
    ['alone', false],
    ['beside plain ones', true],
  ])('finds no session id, key or value of sealed sessions that are accepted %s', async (_, plain) => {
    const canaries = new Canaries()
    const store = { hashIds: true, encryption: { keys: [randomBytes(32)], blind: [BLIND], plain } }
    for (const framework of tried) await useEverything(framework, searched.bank, canaries, store)

    const { blind, ...others } = canaries.stored
    for (const [place, evidence] of Object.entries(await searched.look())) {
      // A search for plain sessions sends the value to the bank, which does not store it.
      const isInQuery = plain && place === 'wire'
      const texts = isInQuery ? Object.values(others) : [canaries.stem]
      expect({ place, found: texts.flatMap((text) => traces(text, evidence)) }).toEqual({ place, found: [] })
      expect({ place, isEmpty: evidence.every(({ bytes }) => bytes.length === 0) }).toEqual({ place, isEmpty: false })
    }
  })

  it('finds the session ids, keys and values of sessions that are stored without the options', async () => {
    const canaries = new Canaries()
    for (const framework of tried) await useEverything(framework, searched.bank, canaries)

    for (const [place, evidence] of Object.entries(await searched.look())) {
      // An inspection does not show private fields.
      if (place === 'inspected') continue
      const found = Object.entries(canaries.stored).filter(([, text]) => traces(text, evidence).length > 0)
      expect({ place, found: Object.fromEntries(found) }).toEqual({ place, found: canaries.stored })
    }
  })
}
