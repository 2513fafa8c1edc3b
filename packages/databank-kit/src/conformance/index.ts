/**
 * The conformance tests for drivers.
 *
 * @module @sessionbank/databank-kit/conformance
 */

import { basics } from './basics.ts'
import { conditions } from './conditions.ts'
import { databankApi } from './databank-api.ts'
import { expiry } from './expiry.ts'
import { extend } from './extend.ts'
import { fidelity } from './fidelity.ts'
import { find } from './find.ts'
import { assertHides, secrets } from './secrets.ts'
import { type ConformingDriver, openChapter, type TestRunner } from './suite.ts'

export { assertHides, type ConformingDriver, type TestRunner }

/**
 * Registers the conformance tests of a driver with a test runner.
 *
 * @param runner default: the globals of Jest, Vitest or Mocha. For `node:test`, pass `{describe, it, before, after}`
 * @example
 * ```ts
 * import { after, before, describe, it } from 'node:test'
 * import { MemoryDatabank } from '@sessionbank/databank-memory'
 *
 * conformance(
 *   { name: 'memory', persistent: false, connect: (schema) => MemoryDatabank.open({ schema }) },
 *   { describe, it, before, after },
 * )
 * ```
 */
export function conformance(driver: ConformingDriver, runner: TestRunner = globalThis as unknown as TestRunner): void {
  runner.describe(`conformance: ${driver.name}`, () => {
    const chapter = openChapter(driver, runner)
    basics(chapter)
    conditions(chapter)
    expiry(chapter)
    extend(chapter)
    fidelity(chapter)
    find(chapter)
    secrets(chapter)
    if (!driver.records) databankApi(chapter)
  })
}
