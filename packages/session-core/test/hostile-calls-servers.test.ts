import { couchbase, describeWith, mongodb, postgres, redis } from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'
import { promiseSoundness } from './hostile-calls.ts'

const INDICES = ['a', '', '__proto__', 'a.b', 'toString']

for (const kind of [redis, postgres, mongodb, couchbase]) {
  describeWith(kind, (server) => {
    describe('a store', () => {
      promiseSoundness(() => openDatabank(server().url), { few: 20, many: 100 })
    })

    describe('a store with indexes', () => {
      const schema = { hostile: { indices: INDICES } }
      promiseSoundness(() => openDatabank(server().url, { schema }), { few: 20, many: 100 })
    })
  })
}
