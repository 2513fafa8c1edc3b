// Checks what an install of the published packages adds to a machine: no install scripts of ours, only allowed
// licences, and no known vulnerabilities. Includes what npm installs for production on this platform, with peer
// dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { manifestIn, publishedPackages } from './published.mjs'

/** Scripts that npm runs when a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
/** Scripts that npm also runs when a package is installed from a repository. */
const PREPARE_SCRIPTS = ['prepublish', 'preprepare', 'prepare', 'postprepare']
/** Packages whose scripts choose or build a binary. On platforms with a binary they work with `--ignore-scripts`. */
const MAY_RUN_SCRIPTS = ['lmdb', 'msgpackr-extract', 'couchbase']
const LICENCES = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Zlib',
]
const SEVERE = ['high', 'critical']
/** Matches the output of npm and pnpm if the registry cannot be reached, or does not support audits. */
const NO_ANSWER =
  /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ERR_PNPM_AUDIT_(BAD_RESPONSE|ENDPOINT_NOT_EXISTS))\b/
/** Timeout of the audit, in ms. */
const PATIENCE = 60_000

const totals = { passed: 0, failed: 0, skipped: 0 }

const published = publishedPackages().map(({ folder }) => folder)
/** Names of optional packages for other platforms. */
const elsewhere = new Set()
const installed = new Map(published.flatMap((folder) => [...productionTree(folder)]))

for (const folder of published) {
  expect(
    `${manifestIn(folder).name}: no script runs at an install`,
    scriptsIn(folder, [...INSTALL_SCRIPTS, ...PREPARE_SCRIPTS]),
  )
}
const others = [...installed].filter(([, { name }]) => !MAY_RUN_SCRIPTS.includes(name))
expect(
  'only known dependencies run a script at an install',
  others.flatMap(([folder]) => scriptsIn(folder)),
)
const refused = [...installed.values()].filter(({ license }) => !isAllowed(license))
expect(
  `the licences of ${installed.size} packages are allowed`,
  refused.map(({ name, version, license }) => `${name}@${version}: ${JSON.stringify(license)}`),
)
audit()

console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed > 0 ? 1 : 0

/** Returns the install scripts of a package, including the one that npm runs for a `binding.gyp`. */
function scriptsIn(folder, names = INSTALL_SCRIPTS) {
  const { scripts = {} } = manifestIn(folder)
  const found = names.filter((name) => name in scripts).map((name) => `${folder}: ${name}: ${scripts[name]}`)
  return existsSync(join(folder, 'binding.gyp')) ? [...found, `${folder}: binding.gyp`] : found
}

/** Returns the packages that npm installs with a package: a map from their folders to their package.json. */
function productionTree(root, found = new Map()) {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = manifestIn(root)
  // npm also installs peer dependencies, unless they are optional.
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
    const folder = folderOf(name, root)
    if (folder === null && name in optionalDependencies) {
      elsewhere.add(name)
      continue
    }
    if (folder === null) throw new Error(`${name}, which ${root} needs, is not installed`)
    if (found.has(folder)) continue
    found.set(folder, manifestIn(folder))
    productionTree(folder, found)
  }
  return found
}

function folderOf(name, from) {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (dirname(folder) === folder) return null
  }
}

/**
 * Returns true if all licences of an expression are allowed. Both licences of `A OR B` must be allowed, because a
 * person must decide whether a new licence is added to the list.
 */
function isAllowed(license) {
  if (typeof license !== 'string' || license === '') return false
  return license.split(/[()\s]+|\bAND\b|\bOR\b/).every((id) => id === '' || LICENCES.includes(id))
}

/** Checks for known vulnerabilities. Skipped only if the registry does not answer; any other error fails the check. */
function audit() {
  const name = 'no production dependency has a known vulnerability of high severity'
  const args = ['-y', 'pnpm@10', 'audit', '--json']
  const { stdout, stderr, error } = spawnSync('npx', args, { encoding: 'utf8', timeout: PATIENCE, maxBuffer: 2 ** 28 })
  const advisories = advisoriesIn(stdout)
  const said = `${error?.code ?? ''} ${stdout}${stderr}`
  if (advisories === null && NO_ANSWER.test(said)) {
    totals.skipped++
    console.log(`skipped ${name}: the registry did not answer (${NO_ANSWER.exec(said)[0]})`)
    return
  }
  const severe = advisories?.filter((advisory) => SEVERE.includes(advisory.severity) && isOfUsers(advisory))
  expect(name, severe?.map(({ module_name, title, url }) => `${module_name}: ${title} (${url})`) ?? [said])
}

/** Returns the advisories in an answer of the registry, or null if the text is not one. */
function advisoriesIn(text) {
  try {
    const { advisories } = JSON.parse(text)
    return Object.values(advisories)
  } catch {
    return null
  }
}

/** Returns true if an advisory concerns a version that users install, not only examples, benchmarks and tests. */
function isOfUsers({ module_name, findings }) {
  if (elsewhere.has(module_name)) return true
  const versions = findings.map(({ version }) => version)
  return [...installed.values()].some(({ name, version }) => name === module_name && versions.includes(version))
}

/** @param found the violations */
function expect(name, found) {
  if (found.length === 0) totals.passed++
  else totals.failed++
  console.log(found.length === 0 ? `ok      ${name}` : `FAILED  ${name}\n${found.join('\n')}`)
}
