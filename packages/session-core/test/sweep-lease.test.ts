import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RecordsBank } from '@sessionbank/databank-kit'
import { temporaryFolder } from '@sessionbank/test-servers'
import { type OpenBank, openDatabank, SessionStore } from '../src/index.ts'
import { Lease } from '../src/lease.ts'
import { Sweeper } from '../src/sweeper.ts'

const folders: { remove(): void }[] = []
const banks: OpenBank[] = []
const stores: SessionStore[] = []

async function openBank(url = newUrl()): Promise<OpenBank & RecordsBank> {
  const bank = await openDatabank(url)
  banks.push(bank)
  return bank as OpenBank & RecordsBank
}

function newUrl(): string {
  const folder = temporaryFolder('lease')
  folders.push(folder)
  return `disk:${folder.path}`
}

function newLease(bank: RecordsBank, { type = 'lease', of = 'session' } = {}): Lease {
  return new Lease(bank.records(type), of)
}

function sweepingStore(bank: OpenBank, cleanupInterval: number): SessionStore {
  const store = new SessionStore(bank, { cleanupInterval })
  stores.push(store)
  return store
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  for (const bank of banks.splice(0)) await new Promise((resolve) => bank.disconnect(resolve))
  for (const folder of folders.splice(0)) folder.remove()
})

describe('the lease of a sweep', () => {
  it('is held by one process at a time, and expires by itself', async () => {
    const bank = await openBank()
    const [one, other] = [1, 2].map(() => newLease(bank)) as [Lease, Lease]
    const now = jest.spyOn(Date, 'now')
    try {
      const start = Date.UTC(2030, 0, 1)
      now.mockReturnValue(start)
      expect(await one.take(start + 1_000)).toBe(true)
      expect(await other.take(start + 1_000)).toBe(false)
      expect(await one.take(start + 1_000)).toBe(false)
      now.mockReturnValue(start + 1_000)
      expect(await other.take(start + 2_000)).toBe(true)
      expect(await one.take(start + 2_000)).toBe(false)
    } finally {
      now.mockRestore()
    }
  })

  it('is taken by one of many concurrent processes', async () => {
    const bank = await openBank()
    const leases = Array.from({ length: 10 }, () => newLease(bank))
    const taken = await Promise.all(leases.map((lease) => lease.take(Date.now() + 60_000)))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('is separate for each type', async () => {
    const bank = await openBank()
    expect(await newLease(bank).take(Date.now() + 60_000)).toBe(true)
    expect(await newLease(bank, { of: 'other' }).take(Date.now() + 60_000)).toBe(true)
  })

  it('is extended only by its holder while it sweeps', async () => {
    const bank = await openBank()
    const [one, other] = [newLease(bank), newLease(bank)]
    const now = jest.spyOn(Date, 'now')
    try {
      const start = Date.UTC(2030, 0, 1)
      now.mockReturnValue(start)
      await one.take(start + 1_000)
      now.mockReturnValue(start + 999)
      expect(await one.renew(start + 2_000)).toBe(true)
      now.mockReturnValue(start + 1_999)
      expect(await other.take(start + 3_000)).toBe(false)
      expect(await other.renew(start + 3_000)).toBe(false)
      now.mockReturnValue(start + 2_000)
      expect(await other.take(start + 3_000)).toBe(true)
      expect(await one.renew(start + 4_000)).toBe(false)
    } finally {
      now.mockRestore()
    }
  })

  it('ends the sweep if it is lost meanwhile', async () => {
    const bank = await openBank()
    const records = bank.records('session')
    const expired = Array.from({ length: 600 }, (_, i) => records.write(`${i}`, '{}', { expires: Date.now() - 1 }))
    await Promise.all(expired)
    const sweeper = new Sweeper(bank, 'session', records)
    const answers = [true, false]
    expect(await sweeper.sweep(async () => answers.shift() as boolean)).toMatchObject({ removed: 500 })
    expect(await sweeper.sweep()).toMatchObject({ removed: 100 })
  })

  it('lets several stores of a bank sweep no more often than one', async () => {
    const INTERVAL = 100
    const bank = await openBank()
    let sweeps = 0
    const began = Date.now()
    for (let i = 0; i < 5; i++) sweepingStore(bank, INTERVAL).on('cleanup', () => sweeps++)
    await new Promise((resolve) => setTimeout(resolve, 10 * INTERVAL))
    const elapsed = Date.now() - began
    expect(sweeps).toBeGreaterThan(1)
    // The lease is held for 0.8 of the interval.
    expect(sweeps).toBeLessThanOrEqual(1 + elapsed / (0.8 * INTERVAL))
  })

  it('expires after its process was killed, and another process sweeps', async () => {
    const INTERVAL = 1_500
    const url = newUrl()
    const holder = spawn(process.execPath, [join(__dirname, 'lease-holder.cjs'), url, String(INTERVAL)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    const bank = await openBank(url)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(await newLease(bank, { type: 'sessionbank_lease' }).take(Date.now() + 1)).toBe(false)

    const store = sweepingStore(bank, INTERVAL)
    const [report] = await once(store, 'cleanup')
    expect(report).toEqual({ examined: 0, removed: 0, ms: expect.any(Number) })
  })

  it('is not needed by cleanup(), which sweeps at once', async () => {
    const bank = await openBank()
    await newLease(bank, { type: 'sessionbank_lease' }).take(Date.now() + 60_000)
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    await bank.records('session').write('a', '{"sid":"a"}', { expires: Date.now() - 1 })
    expect(await store.cleanup()).toMatchObject({ removed: 1 })
  })

  it('causes an error event if it cannot be taken, and the next sweep runs', async () => {
    const bank = await openBank()
    const records = bank.records.bind(bank)
    let failures = 0
    bank.records = (type) => {
      const own = records(type)
      if (type !== 'sessionbank_lease') return own
      const write = own.write.bind(own)
      return Object.assign(own, {
        write: (...args: Parameters<typeof write>) => {
          return ++failures === 1 ? Promise.reject(new Error('out of order')) : write(...args)
        },
      })
    }
    const store = sweepingStore(bank, 20)
    const errors: unknown[] = []
    store.on('error', (error) => errors.push(error))
    await new Promise((resolve) => store.once('cleanup', resolve))
    expect(errors).toMatchObject([{ code: 'SESSIONBANK_OPERATION_FAILED' }])
  }, 10_000)
})
