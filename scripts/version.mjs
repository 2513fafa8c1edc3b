// Raises the version of all packages by the notes in .changeset, and moves the notes into CHANGELOG.md, under the new version
// and today's date. A note without a text only raises the version. Usage: npx -y pnpm@10 version-packages
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wrapped } from './wrap.mjs'

const NOTES = '.changeset'
const PAGE = 'CHANGELOG.md'

const notes = readdirSync(NOTES).filter(isNote).sort().map(noteIn)
const { status } = spawnSync('changeset', ['version'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
// All packages share one version.
const { version } = JSON.parse(readFileSync('packages/session-core/package.json', 'utf8'))
writeFileSync(PAGE, withRelease(readFileSync(PAGE, 'utf8')))

/** Returns the page with a section for the new version, which replaces a section titled "unreleased". */
function withRelease(page) {
  const [intro, first = '', ...others] = page.split(/^(?=## )/m)
  const isUnreleased = /^## .*unreleased/i.test(first)
  const handWritten = isUnreleased ? first.slice(first.indexOf('\n')).trim() : ''
  const added = notes.filter(({ text }) => text !== '').map(itemOf)
  const title = handWritten && added.length > 0 ? '### Also' : ''
  const section = [`## ${version} (${new Date().toISOString().slice(0, 10)})`, handWritten, title, added.join('\n')]
  const older = isUnreleased ? others : [first, ...others]
  return `${[intro.trim(), ...section.filter(Boolean), ...older.map((one) => one.trim()).filter(Boolean)].join('\n\n')}\n`
}

/** Returns a note as a list item, wrapped like all pages. Names the packages only if there are at most three. */
function itemOf({ packages, text }) {
  const names = packages.length > 3 ? '' : `${packages.join(', ')}: `
  return wrapped(`- ${names}${text}`, '  ')
}

function isNote(file) {
  return file.endsWith('.md') && file !== 'README.md'
}

function noteIn(file) {
  const [, head, text] = /^---\n(.*?)\n?---\n(.*)$/s.exec(readFileSync(join(NOTES, file), 'utf8')) ?? []
  if (head === undefined) throw new Error(`${join(NOTES, file)} names no packages between two lines "---"`)
  return { packages: Array.from(head.matchAll(/@sessionbank\/([\w-]+)/g), ([, name]) => name), text: text.trim() }
}
