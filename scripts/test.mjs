// Builds, checks, lints and tests everything. The last line of its output has the totals of all packages.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** Timeout in ms, so that a test process that does not end is a failure. */
const PATIENCE = 40 * 60_000

const LINES_OF_A_FAILURE = 20

const resultFiles = readdirSync('packages').map((name) => join('packages', name, '.results.json'))
// Removes old results, so that a package whose tests do not run is not counted by them.
for (const file of resultFiles) rmSync(file, { force: true })
for (const name of readdirSync('packages'))
  rmSync(join('packages', name, '.coverage'), { recursive: true, force: true })

const checked = turbo('build', 'typecheck', '//#lint')
// Tests more packages at a time than there are processors, because tests mostly wait.
const tested = turbo('test', '--concurrency=200%', ...process.argv.slice(2))

const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []
for (const file of resultFiles.filter(existsSync)) {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  totals.passed += results.numPassedTests
  // Jest does not count the tests of a file that fails to load, so the file counts as one.
  totals.failed += results.numFailedTests + results.numRuntimeErrorTestSuites
  totals.skipped += results.numPendingTests + results.numTodoTests
  failures.push(...failuresIn(results))
}
// Repeated at the end, because the output above is mixed from several packages.
for (const { name, message } of failures) console.error(`\nFAILED  ${name}\n${indented(message)}`)
printCoverage()
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = !checked || !tested || totals.failed > 0 || totals.passed === 0 ? 1 : 0

function turbo(...args) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  const options = { stdio: 'inherit', env, timeout: PATIENCE }
  const { status, error } = spawnSync('turbo', ['run', ...args, '--continue'], options)
  if (error?.code === 'ETIMEDOUT') console.error('stopped after 40 minutes: a test process does not end')
  return status === 0
}

/** Prints the share of each package's lines that its own tests run, if they were measured (COVERAGE=true). */
function printCoverage() {
  const shares = []
  for (const name of readdirSync('packages')) {
    const file = join('packages', name, '.coverage', 'coverage-summary.json')
    if (existsSync(file)) shares.push({ name, ...JSON.parse(readFileSync(file, 'utf8')).total.lines })
  }
  if (shares.length === 0) return
  const of = (field) => shares.reduce((sum, share) => sum + share[field], 0)
  console.log(`\nCoverage: ${((100 * of('covered')) / of('total')).toFixed(1)} % of lines, by each package's own tests`)
  for (const { name, pct } of shares) console.log(`  ${name.padEnd(24)} ${pct.toFixed(1).padStart(5)} %`)
}

/** Returns the failures of a package: tests, and files that did not load. */
function failuresIn({ testResults }) {
  const failed = testResults.filter(({ status }) => status === 'failed')
  return failed.flatMap(({ name: file, message, assertionResults }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed')
    if (tests.length === 0) return [{ name: relative('.', file), message }]
    return tests.map((test) => ({
      name: `${relative('.', file)}: ${test.fullName}`,
      message: test.failureMessages.join('\n'),
    }))
  })
}

function indented(message) {
  const lines = stripVTControlCharacters(message).split('\n').slice(0, LINES_OF_A_FAILURE)
  return lines.map((line) => `    ${line}`).join('\n')
}
