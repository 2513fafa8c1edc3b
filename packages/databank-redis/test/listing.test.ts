import type { Keyspace } from '../src/keyspace.ts'
import { type Listing, list } from '../src/listing.ts'

/** A master whose answers to SCAN are given, as Redis rarely repeats a key. */
function keyspaceWith(pages: string[][]): Keyspace {
  let page = 0
  const send = async () => {
    const keys = pages[page++] ?? []
    return [page < pages.length ? String(page) : '0', keys.map((id) => `session:${id}`)]
  }
  const client = { masters: () => [{ isReady: true, send }], keyPrefix: '' }
  return { client, prefix: 'session:' } as unknown as Keyspace
}

async function listed(keyspace: Keyspace) {
  const all: string[] = []
  for (let from: Listing | undefined; ; ) {
    const { ids, next } = await list(keyspace, 'string', from)
    all.push(...ids)
    if (!next) return { all, from }
    from = next
  }
}

describe('a listing of keys', () => {
  it('has each key once, even if Redis lists it twice', async () => {
    const { all } = await listed(keyspaceWith([['a', 'b'], ['b', 'c'], ['a']]))
    expect(all).toEqual(['a', 'b', 'c'])
  })

  it('remembers a limited number of ids, however many there are', async () => {
    const pages = Array.from({ length: 100 }, (_, page) => Array.from({ length: 1_000 }, (_, n) => `${page}-${n}`))
    const { all, from } = await listed(keyspaceWith([...pages, []]))
    expect(all).toHaveLength(100_000)
    expect(from?.seen.size).toBe(65_536)
  })
})
