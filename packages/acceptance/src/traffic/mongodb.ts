import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { MongoClient } from 'mongodb'
import { type RoundTrip, Seen, type WatchedBank } from './traffic.ts'

const READS = new Set(['find', 'aggregate'])

/** Watches the commands of the bank's client, by its events. */
export async function watchedMongodb(url: string): Promise<WatchedBank> {
  const seen = new Seen<RoundTrip>()
  const client = new MongoClient(url, { monitorCommands: true })
  client.on('commandStarted', ({ commandName }) => seen.add(READS.has(commandName) ? 'read' : 'write'))
  const bank = new MongodbDatabank({ client })
  await bank.connect()
  return {
    bank,
    roundTrips: async () => seen.take(),
    async close() {
      await bank.disconnect()
      await client.close()
    },
  }
}
