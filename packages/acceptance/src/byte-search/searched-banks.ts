import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { DiskDatabank } from '@sessionbank/databank-disk'
import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { postgresDump, relayBefore, type TestServer, temporaryFolder } from '@sessionbank/test-servers'
import { connect } from 'couchbase'
import { BSON, MongoClient } from 'mongodb'
import { Client } from 'pg'
import { createClient } from 'redis'
import { type Evidence, filesIn } from './evidence.ts'
import { SCHEMA } from './use-everything.ts'

/** A bank whose bytes can be searched. */
export interface SearchedBank {
  bank: OpenBank
  /** Returns the bytes of each place, by the name of the place. */
  look(): Promise<Record<string, Evidence[]>>
  close(): Promise<void>
}

export async function searchedMemory(): Promise<SearchedBank> {
  const bank = await openDatabank('memory:', { schema: SCHEMA })
  return {
    bank,
    look: async () => ({ records: [await recordsIn(bank)], inspected: [inspected(bank)] }),
    close: () => bank.disconnect(),
  }
}

export async function searchedDisk(): Promise<SearchedBank> {
  const folder = temporaryFolder('byte-search')
  const bank = await openDatabank(`disk:${join(folder.path, 'bank')}`, { schema: SCHEMA })
  let backups = 0
  return {
    bank,
    async look() {
      const backup = join(folder.path, `backup${++backups}`)
      if (bank instanceof DiskDatabank) await bank.backup(backup)
      return { files: filesIn(join(folder.path, 'bank')), backup: filesIn(backup), inspected: [inspected(bank)] }
    },
    async close() {
      await bank.disconnect()
      folder.remove()
    },
  }
}

export async function searchedRedis(server: TestServer): Promise<SearchedBank> {
  const folder = temporaryFolder('byte-search')
  const wire = await recordedBank(server.url)
  const client = await createClient({ url: server.url }).connect()
  // A search cannot find compressed text.
  await client.configSet({ rdbcompression: 'no', 'repl-diskless-sync-delay': '0' })
  const { dir } = await client.configGet('dir')
  return {
    bank: wire.bank,
    async look() {
      await client.sendCommand(['SAVE'])
      const dump = join(folder.path, 'dump.rdb')
      execFileSync('redis-cli', ['-h', '127.0.0.1', '-p', String(server.port), '--rdb', dump], {
        stdio: 'pipe',
      })
      const files = filesIn(dir as string)
      return {
        wire: wire.evidence(),
        'append-only file': files.filter(({ name }) => name.endsWith('.aof')),
        snapshot: files.filter(({ name }) => name === `${server.port}.rdb`),
        dump: filesIn(folder.path),
      }
    },
    async close() {
      await wire.close()
      await client.close()
      folder.remove()
    },
  }
}

export async function searchedPostgres(server: TestServer): Promise<SearchedBank> {
  const wire = await recordedBank(server.url)
  const client = new Client(server.url)
  await client.connect()
  return {
    bank: wire.bank,
    async look() {
      await client.query('CHECKPOINT')
      const { rows } = await client.query('SHOW data_directory')
      const files = filesIn(rows[0].data_directory)
      const isLog = ({ name }: Evidence) => /^[0-9A-F]{24}$/.test(name)
      return {
        wire: wire.evidence(),
        'write-ahead log': files.filter(isLog),
        'other files': files.filter((file) => !isLog(file)),
        dump: [{ name: 'pg_dump', bytes: postgresDump(server.url) }],
      }
    },
    async close() {
      await wire.close()
      await client.end()
    },
  }
}

/** Searches documents and traffic only, because the stand-in has no files. */
export async function searchedMongodb(server: TestServer): Promise<SearchedBank> {
  const wire = await recordedBank(server.url)
  const client = await new MongoClient(server.url).connect()
  return {
    bank: wire.bank,
    async look() {
      const collections = await client.db().collections()
      const lists = await Promise.all(collections.map((collection) => collection.find().toArray()))
      return {
        wire: wire.evidence(),
        documents: [{ name: 'documents', bytes: Buffer.concat(lists.flat().map((one) => BSON.serialize(one))) }],
      }
    },
    async close() {
      await wire.close()
      await client.close()
    },
  }
}

/** Searches documents only: the stand-in has no files, and its client bypasses a proxy. */
export async function searchedCouchbase(server: TestServer): Promise<SearchedBank> {
  const bank = await openDatabank(server.url, { schema: SCHEMA })
  const { username, password, host } = new URL(server.url)
  const cluster = await connect(`couchbase://${host}`, { username, password })
  const collection = cluster.bucket('default').defaultCollection()
  return {
    bank,
    async look() {
      const keys: string[] = []
      for await (const [id] of bank.records?.('session').entries() ?? []) keys.push(`session:${id}`)
      const documents = await Promise.all(keys.map(async (key) => [key, (await collection.get(key)).content]))
      return { documents: [{ name: 'documents', bytes: Buffer.from(JSON.stringify(documents)) }] }
    },
    async close() {
      await bank.disconnect()
      await cluster.close()
    },
  }
}

/** Returns a bank whose traffic is recorded in both directions. */
async function recordedBank(serverUrl: string) {
  const url = new URL(serverUrl)
  const chunks: { sent: Buffer[]; received: Buffer[] }[] = []
  const proxy = await relayBefore(Number(url.port), (client, upstream) => {
    const [sent, received]: [Buffer[], Buffer[]] = [[], []]
    chunks.push({ sent, received })
    client.on('data', (chunk) => {
      sent.push(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      received.push(chunk)
      client.write(chunk)
    })
  })
  url.port = String(proxy.port)
  const bank = await openDatabank(url.href, { schema: SCHEMA })
  return {
    bank,
    evidence: () =>
      chunks.flatMap(({ sent, received }): Evidence[] => [
        { name: 'sent', bytes: Buffer.concat(sent) },
        { name: 'received', bytes: Buffer.concat(received) },
      ]),
    async close() {
      await bank.disconnect()
      await proxy.close()
    },
  }
}

async function recordsIn(bank: OpenBank): Promise<Evidence> {
  const parts: string[] = []
  for await (const [id, { json, revision }] of bank.records?.('session').entries() ?? []) parts.push(id, json, revision)
  return { name: 'records', bytes: Buffer.from(parts.join('\n')) }
}

function inspected(bank: OpenBank): Evidence {
  const options = { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null }
  return { name: 'inspect', bytes: Buffer.from(inspect(bank, options)) }
}
