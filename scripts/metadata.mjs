// Checks that each published package says where it comes from, as the root's package.json has it. `--write` puts it there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const root = read('package.json')
const web = root.homepage.replace(/#.*/, '')

let stale = 0
for (const name of readdirSync('packages')) {
  const directory = `packages/${name}`
  const file = join(directory, 'package.json')
  const found = read(file)
  if (found.private) continue
  const metadata = {
    homepage: `${web}/tree/main/${directory}#readme`,
    bugs: root.bugs,
    repository: { ...root.repository, directory },
  }
  if (JSON.stringify(metadata) === JSON.stringify(of(found, Object.keys(metadata)))) continue
  if (process.argv.includes('--write')) writeFileSync(file, `${JSON.stringify(inserted(found, metadata), null, 2)}\n`)
  else {
    console.error(`${file} has other metadata than package.json: run \`node scripts/metadata.mjs --write\``)
    stale++
  }
}
process.exitCode = stale === 0 ? 0 : 1

function of(object, keys) {
  return Object.fromEntries(keys.map((key) => [key, object[key]]))
}

/** The metadata come behind the keywords, where readers of a package.json look for them. */
function inserted(found, metadata) {
  const entries = Object.entries(found).filter(([key]) => !(key in metadata))
  const at = entries.findIndex(([key]) => key === 'license')
  return Object.fromEntries([...entries.slice(0, at), ...Object.entries(metadata), ...entries.slice(at)])
}
