import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { MongoClient } from 'mongodb'
import type { RoundTrip, WatchedBank } from './traffic.ts'

const READS = new Set(['find', 'aggregate'])

/** Sees the commands of the bank's client, which tells of each. */
export async function watchedMongodb(url: string): Promise<WatchedBank> {
  let seen: RoundTrip[] = []
  const client = new MongoClient(url, { monitorCommands: true })
  client.on('commandStarted', ({ commandName }) => seen.push(READS.has(commandName) ? 'read' : 'write'))
  const bank = new MongodbDatabank({ client })
  await bank.connect()
  return {
    bank,
    async roundTrips() {
      const all = seen
      seen = []
      return all
    },
    async close() {
      await bank.disconnect()
      await client.close()
    },
  }
}
