import { execFileSync } from 'node:child_process'
import { indexStatements } from '@sessionbank/databank-couchbase'
import { DiskDatabank } from '@sessionbank/databank-disk'
import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { describeWith, mongodb, temporaryFolder } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { block } from '../src/page.ts'

it('the guide to the disk bank restores a backup', async () => {
  const folder = temporaryFolder('backup')
  const atHome = (code: string) => code.replaceAll('./', `${folder.path}/`)
  try {
    const bank = await DiskDatabank.open({ dir: atHome('./sessions') })
    const sessions = bank.records('session')
    await sessions.write('a', '{"user":"ann"}', { expires: null })
    const code = atHome(block('disk.md', 'bank.backup(')).replace('await', 'return')
    await new Function('bank', code)(bank)
    await sessions.delete('a')
    await bank.disconnect()

    execFileSync('sh', ['-ec', block('disk.md', 'mv sessions')], { cwd: folder.path })

    const restored = await DiskDatabank.open({ dir: atHome('./sessions') })
    expect(await restored.records('session').read('a')).toMatchObject({ json: '{"user":"ann"}' })
    await restored.disconnect()
  } finally {
    folder.remove()
  }
})

describe('the guide to MongoDB', () => {
  describeWith(mongodb, (server) => {
    it('creates the indexes that the driver creates', async () => {
      const client = await new MongoClient(server().url).connect()
      const indexesOf = async (name: string) => {
        const indexes = await client.db(name).collection('session').indexes()
        return indexes.map(({ ns: _, ...index }) => index)
      }
      try {
        const shell = new Proxy({}, { get: (_, name) => client.db('by-hand').collection(String(name)) })
        for (const command of block('mongodb.md', 'createIndex(').trim().split('\n')) await run(command, shell)

        const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
        const bank = await MongodbDatabank.open({ client, db: 'by-driver', schema })
        await bank.records('session').write('a', '{"user":{"id":1}}', { expires: null })
        await bank.disconnect()

        expect(await indexesOf('by-hand')).toHaveLength(3)
        expect(await indexesOf('by-hand')).toEqual(await indexesOf('by-driver'))
      } finally {
        await client.close()
      }
    })
  })

  it('grants a role rights to the same types as the guide to Redis', async () => {
    let collections: string[] = []
    await run(block('mongodb.md', 'createRole('), {
      createRole({ privileges }: { privileges: { resource: { collection: string } }[] }) {
        collections = privileges.map(({ resource }) => resource.collection)
      },
    })
    const types = [...block('redis.md', 'ACL SETUSER').matchAll(/'~(\w+):\*'/g)].map(([, type]) => type)
    expect(types.length).toBeGreaterThan(2)
    expect(collections.sort()).toEqual(types.sort())
  })
})

it('the guide to Couchbase has the statements that the driver runs', () => {
  expect(block('couchbase.md', 'CREATE INDEX').trim().split('\n')).toEqual(indexStatements({ bucket: 'sessions' }))
})

/** Runs a command of MongoDB's shell with this `db`. */
function run(command: string, db: object): unknown {
  return new Function('db', `return ${command}`)(db)
}
