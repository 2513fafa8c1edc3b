import * as assert from 'node:assert/strict'
import { inspect, promisify } from 'node:util'
import { wroteNoJson } from './find.ts'
import { type Chapter, disconnect } from './suite.ts'

const ID = 'canary-id'
const CONTENT = 'canary-content'

/**
 * Fails if an error contains one of these texts in its message, its stack, a property or a cause, at any depth.
 *
 * @param error the thrown value; fails if it is not an error
 */
export function assertHides(error: unknown, ...secrets: string[]): void {
  assert.ok(error instanceof Error || /Error\]$/.test(Object.prototype.toString.call(error)), 'an error was expected')
  const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null })
  for (const secret of secrets) assert.ok(!shown.includes(secret), `the error shows "${secret}":\n${shown}`)
}

/** Errors are logged and sent to other services, so they must not contain sessions or their ids. */
export function secrets({ driver, it, fresh, schema }: Chapter): void {
  it('shows no id and no content in an error', async () => {
    const { records, bank, type } = fresh()
    const json = JSON.stringify({ sid: ID, user: CONTENT })
    const long = ID.repeat(10_000)
    const failures = [
      () => records.write(ID, json, { expires: Number.NaN }),
      () => records.write(ID, CONTENT, { expires: null }),
      () => records.write(`${ID}\ud800`, json, { expires: null }),
      () => records.write(`${ID}\0`, json, { expires: null }),
      () => records.write(long, json, { expires: null }),
      () => records.read(long),
      () => records.touch(long, null),
      () => records.delete(long),
    ]
    for (const fail of failures) await hides(fail)
    if (driver.records) return
    const save = promisify(bank.save.bind(bank))
    const circular: Record<string, unknown> = { word: CONTENT }
    circular[CONTENT] = circular
    await hides(() => save(type, ID, circular))
    await hides(() => save(type, ID, { word: CONTENT, big: 1n }))
  })

  it('shows no content in the error for a record that is not JSON', async () => {
    const { records, bank, type } = fresh()
    if (driver.records || !(await wroteNoJson(records, ID, CONTENT))) return
    await assert.rejects(promisify(bank.read.bind(bank))(type, ID), (error) => {
      assertHides(error, ID, CONTENT)
      return true
    })
  })

  it('shows no id and no content in the error of a disconnected bank', async () => {
    const { type } = fresh()
    const bank = await driver.connect(schema)
    await disconnect(bank)
    const records = driver.records?.(bank, type) ?? bank.records?.(type)
    await hides(() => records?.write(ID, JSON.stringify({ user: CONTENT }), { expires: null }))
  })
}

async function hides(call: () => Promise<unknown> | undefined): Promise<void> {
  try {
    await call()
  } catch (error) {
    assertHides(error, ID, CONTENT)
  }
}
