// What an install of our packages brings onto a machine: no script of ours that runs there, licences that are allowed, and no
// known hole. Only what is installed for production counts, the packages of this platform included.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** npm runs these where a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall']
/** These, too, where it is installed from a repository. */
const PREPARE_SCRIPTS = ['prepublish', 'preprepare', 'prepare', 'postprepare']
/** Their scripts choose or build a binary; they work without them (`--ignore-scripts`) on the platforms that have one. */
const MAY_RUN_SCRIPTS = ['lmdb', 'msgpackr-extract']
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
]
const SEVERE = ['high', 'critical']
/** In ms. */
const PATIENCE = 60_000

const totals = { passed: 0, failed: 0, skipped: 0 }

const folders = readdirSync('packages').map((name) => join('packages', name))
const published = folders.filter((folder) => !manifestIn(folder).private)
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

function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** A `binding.gyp` makes npm run node-gyp, without a script. */
function scriptsIn(folder, names = INSTALL_SCRIPTS) {
  const { scripts = {} } = manifestIn(folder)
  const found = names.filter((name) => name in scripts).map((name) => `${folder}: ${name}: ${scripts[name]}`)
  return existsSync(join(folder, 'binding.gyp')) ? [...found, `${folder}: binding.gyp`] : found
}

/** Returns the packages that a package needs or may have, by their folders, with their manifests. */
function productionTree(root, found = new Map()) {
  const { dependencies = {}, optionalDependencies = {} } = manifestIn(root)
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const folder = folderOf(name, root)
    // Optional packages are those of other platforms, too.
    if (folder === null && name in optionalDependencies) continue
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
  if (typeof license !== 'string') return false
  return license.split(/[()\s]+|\bAND\b|\bOR\b/).every((id) => id === '' || LICENCES.includes(id))
}

/** Asks the registry for known holes; where it does not answer, there is nothing to say. */
function audit() {
  const name = 'no hole of high severity is known in what is installed for production'
  const args = ['-y', 'pnpm@10', 'audit', '--prod', '--json']
  const { stdout } = spawnSync('npx', args, { encoding: 'utf8', timeout: PATIENCE, maxBuffer: 2 ** 28 })
  const advisories = advisoriesIn(stdout)
  if (advisories === null) {
    totals.skipped++
    console.log(`skipped ${name}: no answer of the registry`)
    return
  }
  const severe = advisories.filter(({ severity }) => SEVERE.includes(severity))
  expect(
    name,
    severe.map(({ module_name, title, url }) => `${module_name}: ${title} (${url})`),
  )
}

/** Returns null if it is no answer. */
function advisoriesIn(text) {
  try {
    const { advisories } = JSON.parse(text)
    return Object.values(advisories).filter(
      ({ findings }) => !findings.every(({ paths }) => paths.every(isUnpublished)),
    )
  } catch {
    return null
  }
}

/** Examples, benchmarks and tests are not what users install. pnpm writes `packages__acceptance>express>…`. */
function isUnpublished(path) {
  const folder = path.split('>', 1)[0].replaceAll('__', '/')
  return /^(examples|bench)\b/.test(folder) || (folders.includes(folder) && !published.includes(folder))
}

/** @param found what speaks against it */
function expect(name, found) {
  if (found.length === 0) totals.passed++
  else totals.failed++
  console.log(found.length === 0 ? `ok      ${name}` : `FAILED  ${name}\n${found.join('\n')}`)
}
