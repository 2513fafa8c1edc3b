// Measures what Sessionbank adds to an app: packages, megabytes, and the time of imports in fresh processes.
// Usage: node bench/install.mjs [--rounds=N]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { install, installedIn, OURS_IN_SMALL_APP, pack, SMALL_APP } from '../scripts/packed-app.mjs'

const FRAMEWORK = ['express', 'express-session']
const ADAPTER = '@sessionbank/express-databank-store'
const DRIVER = '@sessionbank/databank-disk'

/** The imports to measure, the imports before them, and the maximum time in ms. */
const IMPORTS = [
  { name: 'express and express-session', before: [], imported: FRAMEWORK },
  { name: `${ADAPTER}, after them`, before: FRAMEWORK, imported: [ADAPTER], goal: 15 },
  { name: `${DRIVER}, after that`, before: [...FRAMEWORK, ADAPTER], imported: [DRIVER], goal: 10 },
]

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const rounds = Number(values.rounds)
if (!(rounds > 0)) throw new Error('--rounds must be a number above 0')

const work = mkdtempSync(join(tmpdir(), 'sessionbank-install-'))
try {
  const tarballs = OURS_IN_SMALL_APP.map((name) => pack(join(import.meta.dirname, '../packages', name), work))
  const [without, withUs] = [join(work, 'without'), join(work, 'with')]
  install(without, SMALL_APP)
  install(withUs, [...SMALL_APP, ...tarballs])

  const before = installedIn(without)
  const added = installedIn(withUs).filter((folder) => !before.includes(folder))
  const lmdb = added.filter((folder) => folder.includes('/@lmdb/'))
  const megabytes = size(withUs, ['node_modules']) - size(without, ['node_modules'])
  console.log(`Express, express-session, the store and the disk bank; Node ${process.version}, ${process.platform}\n`)
  console.log(`packages that we add: ${added.length} (goal: 20): ${added.map(nameOf).join(', ')}`)
  console.log(
    `MB that we add: ${megabytes.toFixed(1)} (goal: 12), of which ${size(withUs, lmdb).toFixed(1)} are the builds of LMDB\n`,
  )
  console.log(`| import, ms (median of ${rounds} fresh processes, least) | import | require |`)
  console.log('|---|---|---|')
  for (const { name, goal, times } of measured(withUs)) {
    console.log(`| ${name}${goal ? ` (goal: ${goal})` : ''} | ${cell(times.import)} | ${cell(times.require)} |`)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Returns the times of each import by `import` and by `require`, in interleaved rounds. */
function measured(app) {
  const results = IMPORTS.map((what) => ({ ...what, times: { import: [], require: [] } }))
  for (let round = 0; round < rounds; round++) {
    for (const { before, imported, times } of results) {
      times.import.push(
        timeOf(
          app,
          '--input-type=module',
          scriptOf((name) => `await import('${name}')`, before, imported),
        ),
      )
      times.require.push(
        timeOf(
          app,
          '--input-type=commonjs',
          scriptOf((name) => `require('${name}')`, before, imported),
        ),
      )
    }
  }
  return results
}

function scriptOf(load, before, imported) {
  const all = (names) => names.map(load).join(';')
  return `${all(before)}; const began = performance.now(); ${all(imported)}; console.log(performance.now() - began)`
}

function timeOf(app, type, script) {
  return Number(execFileSync(process.execPath, [type, '--eval', script], { cwd: app, encoding: 'utf8' }))
}

function cell(times) {
  const sorted = times.toSorted((a, b) => a - b)
  return `**${sorted[sorted.length >> 1].toFixed(1)}** (${sorted[0].toFixed(1)})`
}

/** Returns the size of folders in MB. */
function size(app, folders) {
  const lines = execFileSync('du', ['-sk', ...folders], { cwd: app, encoding: 'utf8' })
    .trim()
    .split('\n')
  return lines.reduce((sum, line) => sum + Number.parseInt(line, 10), 0) / 1_024
}

function nameOf(folder) {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
