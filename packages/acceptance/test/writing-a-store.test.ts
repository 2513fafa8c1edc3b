import { AppFolder, snippet } from '../src/documents.ts'

const SCRIPT = `
import { openDatabank } from '@sessionbank/session-core'
import { DatabankStore } from './databank-store.mjs'

const bank = await openDatabank('memory:')
const store = new DatabankStore(bank, { cleanupInterval: false })
const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) }
await store.set('a', { user: 'ann', cookie })

const [first, second] = await Promise.all([store.get('a'), store.get('a')])
first.cart = 1
second.theme = 'dark'
await Promise.all([store.set('a', first), store.set('a', second)])
const { cookie: _, ...merged } = await new Promise((resolve, reject) => {
  store.get('a', (error, session) => (error ? reject(error) : resolve(session)))
})
await store.destroy('a')
await store.set('a', first)
console.log(JSON.stringify([merged, await store.get('a'), await store.length()]))
await store.close()
await bank.disconnect()
`

it('the store of docs/writing-a-store.md merges concurrent changes, and keeps a logout final', async () => {
  const folder = new AppFolder()
  try {
    folder.write('databank-store.mjs', snippet('docs/writing-a-store.md', 'withStoreMethods'))
    const [merged, loaded, count] = JSON.parse(await folder.run(SCRIPT))
    expect(merged).toEqual({ user: 'ann', cart: 1, theme: 'dark' })
    expect([loaded, count]).toEqual([null, 0])
  } finally {
    await folder.remove()
  }
})
