import { randomUUID } from 'node:crypto'
import { openDatabank } from '@sessionbank/session-core'
import { createClient } from 'redis'
import { type RoundTrip, Seen, type WatchedBank } from './traffic.ts'

const WRITES = /^(SET|DEL|UNLINK|PERSIST|PEXPIRE|PEXPIREAT|EXPIRE|EXPIREAT)$/i

/** Watches each command of a client with MONITOR, which also shows the commands inside a script. */
export async function watchedRedis(url: string): Promise<WatchedBank> {
  const [monitor, marker] = await Promise.all([connected(url), connected(url)])
  const bank = await openDatabank(url)
  const seen = new Seen<string>()
  let onLine = (_line: string) => {}
  await monitor.monitor((line) => {
    seen.add(String(line))
    onLine(String(line))
  })
  return {
    bank,
    async roundTrips() {
      await isMonitored()
      return roundTripsIn(seen.take())
    },
    async close() {
      await bank.disconnect()
      marker.destroy()
      monitor.destroy()
    },
  }

  /** Resolves when the monitor has shown all commands that were sent before. */
  async function isMonitored(): Promise<void> {
    const mark = randomUUID()
    const shown = new Promise<void>((resolve) => {
      onLine = (line) => {
        if (line.includes(mark)) resolve()
      }
    })
    await marker.echo(mark)
    await shown
  }
}

function connected(url: string) {
  // The server is stopped at the end.
  return createClient({ url })
    .on('error', () => {})
    .connect()
}

/**
 * A line is `1700000000.123456 [0 127.0.0.1:1234] "GET" "key"`; commands of a script have `lua` instead of an address.
 */
function roundTripsIn(lines: string[]): RoundTrip[] {
  const roundTrips: RoundTrip[] = []
  for (const line of lines) {
    const [, source, name = ''] = /\[\d+ (\S+)\] "(\w+)"/.exec(line) ?? []
    if (name.toUpperCase() === 'ECHO') continue
    if (source !== 'lua') roundTrips.push('read')
    if (WRITES.test(name)) roundTrips[roundTrips.length - 1] = 'write'
  }
  return roundTrips
}
