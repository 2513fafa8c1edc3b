// Builds, checks, lints and tests everything, and closes with one line of totals over all packages.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** In ms. A test process that something keeps alive is a failure, not a run without an end. */
const PATIENCE = 40 * 60_000

const resultFiles = readdirSync('packages').map((name) => join('packages', name, '.results.json'))
// A package whose tests do not run must not be counted by an older run's results.
for (const file of resultFiles) rmSync(file, { force: true })

const checked = turbo('build', 'typecheck', '//#lint')
// More packages at a time than there are processors: their tests wait more than they work.
const tested = turbo('test', '--concurrency=200%', ...process.argv.slice(2))

const totals = { passed: 0, failed: 0, skipped: 0 }
for (const file of resultFiles.filter(existsSync)) {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  totals.passed += results.numPassedTests
  // A file that does not load counts none of its tests as failed.
  totals.failed += results.numFailedTests + results.numRuntimeErrorTestSuites
  totals.skipped += results.numPendingTests + results.numTodoTests
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = !checked || !tested || totals.failed > 0 || totals.passed === 0 ? 1 : 0

function turbo(...args) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  const options = { stdio: 'inherit', env, timeout: PATIENCE }
  return spawnSync('turbo', ['run', ...args, '--continue'], options).status === 0
}
