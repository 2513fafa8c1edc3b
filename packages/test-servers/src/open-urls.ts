import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

interface Bank {
  connect(params: object, done: (error: (Error & { code?: string }) | null) => void): void
  disconnect(done: (error: Error | null) => void): void
}

type Outcome = { code: string; message: string } | null

function outcomeOf(open: () => Bank): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error & { code?: string }) => resolve({ code: String(error.code), message: error.message })
    let bank: Bank
    try {
      bank = open()
    } catch (error) {
      return refused(error as Error)
    }
    bank.connect({}, (error) => {
      if (error) return refused(error)
      bank.disconnect((failed) => (failed ? reject(failed) : resolve(null)))
    })
  })
}

/**
 * A program that opens a bank for each URL of a list on stdin, all at once, closes the open ones, and prints the codes
 * of the errors. An unhandled error ends it, as it would end an app.
 *
 * @example node open-urls.js <folder of the driver> <class> <timeout in ms>
 */
async function main([folder = '', className = '', timeout]: string[]): Promise<void> {
  const driver = createRequire(join(folder, 'package.json'))('./dist/index.js')
  const urls: string[] = JSON.parse(await text(process.stdin))
  const outcomes = urls.map((url) => outcomeOf(() => new driver[className]({ url, timeout: Number(timeout) })))
  process.stdout.write(JSON.stringify(await Promise.all(outcomes)))
}

void main(process.argv.slice(2))
