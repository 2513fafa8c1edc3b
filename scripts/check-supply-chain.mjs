// What an install of our packages brings onto a machine: no script of ours that runs there, licences that are allowed, and no
// known vulnerability. Only what npm installs for production counts: peer dependencies too, and the packages of this platform.
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { manifestIn, publishedPackages } from './published.mjs'

/** npm runs these where a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
/** These, too, where it is installed from a repository. */
const PREPARE_SCRIPTS = ['prepublish', 'preprepare', 'prepare', 'postprepare']
/** Their scripts choose or build a binary; they work without them (`--ignore-scripts`) on the platforms that have one. */
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
/** What npm and pnpm say if the registry cannot be reached, or does not serve audits. */
const NO_ANSWER =
  /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ERR_PNPM_AUDIT_(BAD_RESPONSE|ENDPOINT_NOT_EXISTS))\b/
/** In ms. */
const PATIENCE = 60_000

const totals = { passed: 0, failed: 0, skipped: 0 }

const published = publishedPackages().map(({ folder }) => folder)
/** Names of optional packages that are not for this platform. */
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
  'no other dependency than those that are known runs a script at an install',
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

/** A `binding.gyp` makes npm run node-gyp, without a script. */
function scriptsIn(folder, names = INSTALL_SCRIPTS) {
  const { scripts = {} } = manifestIn(folder)
  const found = names.filter((name) => name in scripts).map((name) => `${folder}: ${name}: ${scripts[name]}`)
  return existsSync(join(folder, 'binding.gyp')) ? [...found, `${folder}: binding.gyp`] : found
}

/** Returns the packages that npm installs with a package, by their folders, with their manifests. */
function productionTree(root, found = new Map()) {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = manifestIn(root)
  // npm installs peer dependencies too, unless they are optional.
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

/** All licences of an expression have to be allowed, also where one may choose: a person decides, and adds it here. */
function isAllowed(license) {
  if (typeof license !== 'string' || license === '') return false
  return license.split(/[()\s]+|\bAND\b|\bOR\b/).every((id) => id === '' || LICENCES.includes(id))
}

/** Asks the registry for known vulnerabilities. Skipped only if it gives no answer: any other failure fails the check. */
function audit() {
  const name = 'no vulnerability of high severity is known in what is installed for production'
  const args = ['-y', 'pnpm@10', 'audit', '--json']
  const { stdout, stderr, error } = spawnSync('npx', args, { encoding: 'utf8', timeout: PATIENCE, maxBuffer: 2 ** 28 })
  const advisories = advisoriesIn(stdout)
  const said = `${error?.code ?? ''} ${stdout}${stderr}`
  if (advisories === null && NO_ANSWER.test(said)) {
    totals.skipped++
    console.log(`skipped ${name}: the registry gave no answer (${NO_ANSWER.exec(said)[0]})`)
    return
  }
  const severe = advisories?.filter((advisory) => SEVERE.includes(advisory.severity) && isOfUsers(advisory))
  expect(name, severe?.map(({ module_name, title, url }) => `${module_name}: ${title} (${url})`) ?? [said])
}

/** Returns null if the text is no answer of the registry. */
function advisoriesIn(text) {
  try {
    const { advisories } = JSON.parse(text)
    return Object.values(advisories)
  } catch {
    return null
  }
}

/** Returns whether users install a version that an advisory is about, and not only examples, benchmarks and tests. */
function isOfUsers({ module_name, findings }) {
  if (elsewhere.has(module_name)) return true
  const versions = findings.map(({ version }) => version)
  return [...installed.values()].some(({ name, version }) => name === module_name && versions.includes(version))
}

/** @param found what speaks against it */
function expect(name, found) {
  if (found.length === 0) totals.passed++
  else totals.failed++
  console.log(found.length === 0 ? `ok      ${name}` : `FAILED  ${name}\n${found.join('\n')}`)
}
