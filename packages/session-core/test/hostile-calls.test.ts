import { temporaryFolder } from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'
import { promiseSoundness } from './hostile-calls.ts'
import { PlainBank } from './plain-bank.ts'
import { openPlainMemory } from './plain-memory.ts'

describe('a store on the memory bank', () => {
  promiseSoundness(() => openDatabank('memory:'), { few: 300, many: 1_000 })
})

describe('a store on the memory bank with indexes', () => {
  const schema = { hostile: { indices: ['a', '', '__proto__', 'a.b', 'toString', '\ud800', 'a\0'] } }
  promiseSoundness(() => openDatabank('memory:', { schema }), { few: 300, many: 1_000 })
})

describe('a store on the disk bank', () => {
  const folder = temporaryFolder('hostile')
  afterAll(() => folder.remove())
  promiseSoundness(() => openDatabank(`disk:${folder.path}`), { few: 50, many: 200 })
})

describe("a store on databank's own memory driver", () => {
  promiseSoundness(openPlainMemory, { few: 300, many: 1_000 })
})

describe('a store on a databank of a third party', () => {
  promiseSoundness(async () => new PlainBank().bank, { few: 300, many: 1_000 })
})
