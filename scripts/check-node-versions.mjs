// Runs the built packages with each supported version of Node: every entry by import and require, the command line, and
// tests over HTTP with all three frameworks, in memory and on disk.
// Usage: node scripts/check-node-versions.mjs [version …]
import { execFileSync, spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { entriesOf, publishedPackages } from './published.mjs'

/** The oldest version in `engines`, and the newest of each later maintained major version. */
const VERSIONS = ['20.19.0', '22', '24']
/** A folder in which all packages are installed. */
const APP = resolve('packages/acceptance')
const COMMAND_LINE = resolve('packages/cli/bin/sessionbank.js')
const TESTS = 'test/(basics|save-and-reload|shared-login)\\.test'
/** Makes tests load the built packages instead of their source. */
const AS_BUILT = JSON.stringify({ customExportConditions: ['node', 'node-addons'] })

const totals = { passed: 0, failed: 0 }
// The command line is tested by its bin.
const entries = publishedPackages()
  .filter(({ bin }) => !bin)
  .flatMap(entriesOf)
const versions = process.argv.slice(2)
for (const version of versions.length > 0 ? versions : VERSIONS) {
  const node = nodeOf(version)
  if (node === null) continue
  check(`Node ${version}: import`, node, ['--input-type=module', '-e', loading('await import')])
  check(`Node ${version}: require`, node, ['--input-type=commonjs', '-e', loading('require')])
  check(`Node ${version}: the command line`, node, [COMMAND_LINE, '--help'])
  const jest = join(APP, '../../node_modules/jest/bin/jest.js')
  test(`Node ${version}: tests over HTTP`, node, [jest, '-i', `--testEnvironmentOptions=${AS_BUILT}`, TESTS])
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed > 0 ? 1 : 0

/**
 * Returns the path of a version of Node, which npm downloads if necessary. Reports a failure and returns null if it
 * cannot.
 */
function nodeOf(version) {
  try {
    const script = 'process.stdout.write(JSON.stringify([process.execPath, process.version]))'
    const args = ['-y', '-p', `node@${version}`, '--', 'node', '-e', script]
    const [path, found] = JSON.parse(execFileSync('npx', args, { encoding: 'utf8' }))
    if (!`${found}.`.startsWith(`v${version}.`)) throw new Error(`npx returned Node ${found}`)
    return path
  } catch (error) {
    report(`Node ${version} is available`, `${error.message}\n${error.stderr ?? ''}`)
    return null
  }
}

/** Returns a script that loads every entry, and LMDB's binary by opening a bank. */
function loading(load) {
  return `(async () => {
    for (const entry of ${JSON.stringify(entries)}) {
      const loaded = ${load}(entry)
      if (!Object.keys(loaded).some((name) => name !== 'default')) throw new Error(entry + ' is empty')
    }
    const { DiskDatabank } = ${load}('@sessionbank/databank-disk')
    const dir = process.getBuiltinModule('fs').mkdtempSync(process.getBuiltinModule('os').tmpdir() + '/sessionbank-')
    const bank = await DiskDatabank.open({ dir })
    await bank.records('session').write('a', '{"n":1}', { expires: null })
    await bank.disconnect()
    process.getBuiltinModule('fs').rmSync(dir, { recursive: true })
  })()`
}

function check(name, node, args) {
  const { status, stderr } = spawnSync(node, args, { cwd: APP, encoding: 'utf8' })
  report(name, status === 0 ? null : stderr)
}

/** Runs Jest and counts its tests. Shows its output only if tests fail. */
function test(name, node, args) {
  const { CI: _, ...env } = process.env
  const { status, stderr } = spawnSync(node, args, { cwd: APP, encoding: 'utf8', env })
  const passed = Number(/^Tests:.* (\d+) passed/m.exec(stderr)?.[1] ?? 0)
  totals.passed += passed
  report(`${name} (${passed})`, status === 0 && passed > 0 ? null : stderr)
}

/** @param {string | null} failure the reason if the check failed */
function report(name, failure) {
  if (failure === null) totals.passed++
  else totals.failed++
  console.log(failure === null ? `ok      ${name}` : `FAILED  ${name}\n${failure}`)
}
