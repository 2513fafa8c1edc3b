// Checks that each published package has the repository metadata of the root's package.json, and that its README, which
// the registry shows, has absolute links. `--write` writes both.
import { readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { manifestIn, publishedPackages } from './published.mjs'

const root = manifestIn('.')
const web = root.homepage.replace(/#.*/, '')

let stale = 0
for (const { folder: directory } of publishedPackages()) {
  const file = join(directory, 'package.json')
  const found = manifestIn(directory)
  const metadata = {
    homepage: `${web}/tree/main/${directory}#readme`,
    bugs: root.bugs,
    repository: { ...root.repository, directory },
  }
  const isCurrent = JSON.stringify(metadata) === JSON.stringify(of(found, Object.keys(metadata)))
  settle(file, isCurrent, () => `${JSON.stringify(inserted(found, metadata), null, 2)}\n`)

  const readme = join(directory, 'README.md')
  const page = readFileSync(readme, 'utf8')
  const linked = withAbsoluteLinks(page, directory)
  settle(readme, linked === page, () => linked)
}
process.exitCode = stale === 0 ? 0 : 1

function settle(file, isCurrent, wanted) {
  if (isCurrent) return
  if (process.argv.includes('--write')) return writeFileSync(file, wanted())
  console.error(`${file} has outdated metadata or relative links: run \`node scripts/metadata.mjs --write\``)
  stale++
}

/** Makes links absolute, except links within the page. Also replaces a former address of the repository. */
function withAbsoluteLinks(page, directory) {
  const here = `${web}/tree/main/${directory}/`
  const absolute = (link) => new URL(link, here).href
  return page
    .replace(/(?<=\]\()\.\.?\/[^)\s]+(?=\))/g, (link) =>
      absolute(link).replace('/tree/', extname(link.replace(/#.*/, '')) ? '/blob/' : '/tree/'),
    )
    .replace(/(?<=src(?:set)?=")\.\.?\/[^"]+(?=")/g, (link) => absolute(link).replace('/tree/', '/raw/'))
    .replace(/https:\/\/github\.com\/[\w-]+\/sessionbank(?=\/(tree|blob|raw)\/main\/)/g, web)
}

function of(object, keys) {
  return Object.fromEntries(keys.map((key) => [key, object[key]]))
}

/** Inserts the metadata after the keywords, the usual place in a package.json. */
function inserted(found, metadata) {
  const entries = Object.entries(found).filter(([key]) => !(key in metadata))
  const at = entries.findIndex(([key]) => key === 'license')
  return Object.fromEntries([...entries.slice(0, at), ...Object.entries(metadata), ...entries.slice(at)])
}
