// Builds, checks, lints and tests everything, and closes with one line of totals over all packages.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** In ms. A test process that something keeps alive is a failure, not a run without an end. */
const PATIENCE = 40 * 60_000

const LINES_OF_A_FAILURE = 20

const resultFiles = readdirSync('packages').map((name) => join('packages', name, '.results.json'))
// A package whose tests do not run must not be counted by an older run's results.
for (const file of resultFiles) rmSync(file, { force: true })
for (const name of readdirSync('packages'))
  rmSync(join('packages', name, '.coverage'), { recursive: true, force: true })

const checked = turbo('build', 'typecheck', '//#lint')
// More packages at a time than there are processors: their tests wait more than they work.
const tested = turbo('test', '--concurrency=200%', ...process.argv.slice(2))

const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []
for (const file of resultFiles.filter(existsSync)) {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  totals.passed += results.numPassedTests
  // A file that does not load counts none of its tests as failed.
  totals.failed += results.numFailedTests + results.numRuntimeErrorTestSuites
  totals.skipped += results.numPendingTests + results.numTodoTests
  failures.push(...failuresIn(results))
}
// Once more at the end, where they are found: the output above is that of several packages at once.
for (const { name, message } of failures) console.error(`\nFAILED  ${name}\n${indented(message)}`)
printCoverage()
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = !checked || !tested || totals.failed > 0 || totals.passed === 0 ? 1 : 0

function turbo(...args) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  const options = { stdio: 'inherit', env, timeout: PATIENCE }
  const { status, error } = spawnSync('turbo', ['run', ...args, '--continue'], options)
  if (error?.code === 'ETIMEDOUT') console.error('stopped after 40 minutes: something keeps a test process alive')
  return status === 0
}

/** Prints which share of each package's lines its own tests run; with COVERAGE=true they measure it. */
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

/** What failed in a package: its tests, and its files that did not load. */
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
