import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type BankConnection, ConnectError } from '../src/index.ts'
import { ReferenceDatabank } from './reference-databank.ts'

const ALREADY = { name: 'AlreadyConnectedError' }
const NOT = { name: 'NotConnectedError' }

/** A bank that opens and closes when the test says so. */
class GatedDatabank extends ReferenceDatabank {
  open = () => {}
  close = (_error?: Error) => {}
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
  readonly #closed = new Promise<void>((resolve, reject) => {
    this.close = (error) => (error ? reject(error) : resolve())
  })

  protected override _open(): Promise<void> {
    return this.#opened
  }

  protected override _close(): Promise<void> {
    return this.#closed
  }
}

class FailingDatabank extends ReferenceDatabank {
  protected override async _open(): Promise<void> {
    throw new ConnectError('there is no server')
  }
}

describe('a bank that is called without a callback', () => {
  it('connects and disconnects by promises, any number of times', async () => {
    const bank: BankConnection & ReferenceDatabank = new ReferenceDatabank()
    for (const params of [[{}], []] as const) {
      await bank.connect(...params)
      expect(bank.connected).toBe(true)
      await bank.disconnect()
      expect(bank.connected).toBe(false)
    }
  })

  it('rejects a second connect and a second disconnect, as databank does', async () => {
    const bank = new ReferenceDatabank()
    await expect(bank.disconnect()).rejects.toMatchObject(NOT)
    await bank.connect()
    await expect(bank.connect()).rejects.toMatchObject(ALREADY)
    await bank.disconnect()
    await expect(bank.disconnect()).rejects.toMatchObject(NOT)
  })

  it('rejects with the driver’s error, and can be connected again', async () => {
    const bank = new FailingDatabank()
    for (let n = 0; n < 2; n++) {
      await expect(bank.connect()).rejects.toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED' })
    }
  })

  it('does not end the process if the promise of a failed call is ignored', () => {
    const script = `
      const { DriverDatabank } = require('.')
      class Bank extends DriverDatabank { async _open() { throw new Error('no server') } }
      new Bank().connect({})
      new Bank().disconnect()
      setImmediate(() => console.log('alive'))`
    const { stdout, status } = spawnSync(process.execPath, ['-e', script], {
      cwd: join(__dirname, '..'),
      encoding: 'utf8',
    })
    expect({ stdout, status }).toEqual({ stdout: 'alive\n', status: 0 })
  })
})

describe('a bank that is called with a callback', () => {
  it('calls it, and returns nothing', async () => {
    const bank = new ReferenceDatabank()
    const outcome = (call: (done: (error: Error | null) => void) => unknown) =>
      new Promise((resolve) => {
        expect(call((...args) => resolve(args))).toBeUndefined()
      })
    expect(await outcome((done) => bank.connect({}, done))).toEqual([null])
    expect(await outcome((done) => bank.connect({}, done))).toEqual([expect.objectContaining(ALREADY)])
    expect(await outcome((done) => bank.disconnect(done))).toEqual([null])
    expect(await outcome((done) => bank.disconnect(done))).toEqual([expect.objectContaining(NOT)])
  })
})

describe('the end of `await using`', () => {
  it('disconnects a bank', async () => {
    const bank = new ReferenceDatabank()
    await bank.connect()
    await bank[Symbol.asyncDispose]()
    expect(bank.connected).toBe(false)
  })

  it('does nothing to a bank that is not connected, or is already disconnected or disposed', async () => {
    const bank = new ReferenceDatabank()
    await bank[Symbol.asyncDispose]()
    await bank.connect()
    await bank.disconnect()
    await bank[Symbol.asyncDispose]()
    await bank[Symbol.asyncDispose]()
    await new FailingDatabank()[Symbol.asyncDispose]()
  })

  it('waits for a running connect, and leaves nothing open', async () => {
    const bank = new GatedDatabank()
    const connected = bank.connect()
    const disposed = bank[Symbol.asyncDispose]()
    bank.close()
    bank.open()
    await connected
    await disposed
    expect(bank.connected).toBe(false)
    await expect(bank.disconnect()).rejects.toMatchObject(NOT)
  })

  it('waits for a running disconnect, and for another disposal', async () => {
    const bank = new GatedDatabank()
    bank.open()
    await bank.connect()
    const order: string[] = []
    const first = bank[Symbol.asyncDispose]().then(() => order.push('first'))
    const second = bank[Symbol.asyncDispose]().then(() => order.push('second'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual([])
    bank.close()
    await Promise.all([first, second])
    expect(order).toHaveLength(2)
  })

  it('rejects if the database cannot be closed', async () => {
    const bank = new GatedDatabank()
    bank.open()
    await bank.connect()
    bank.close(new Error('it hangs'))
    await expect(bank[Symbol.asyncDispose]()).rejects.toThrow('it hangs')
  })
})
