/**
 * Opens a bank again and again, and prints how often one had files of two folders open, and how often it was refused:
 * `node open-often.cjs <dir> <times>`.
 */
const { readdirSync, readlinkSync } = require('node:fs')
const { dirname } = require('node:path')
const { closeBank, openBank } = require('./open-bank.cjs')

async function main([dir, times]) {
  const counts = { mixed: 0, refused: 0, opened: 0 }
  // LMDB's descriptor of data.mdb is inherited.
  const inherited = openFolders()
  for (let n = 0; n < Number(times); n++) {
    try {
      const bank = await openBank(dir)
      const folders = [...openFolders()].filter((folder) => !inherited.has(folder))
      if (folders.length === 1) counts.opened++
      else counts.mixed++
      await closeBank(bank)
    } catch ({ code }) {
      if (code !== 'SESSIONBANK_CONNECT_FAILED') throw code
      counts.refused++
    }
  }
  process.stdout.write(JSON.stringify(counts))
}

/** The folders of LMDB's files that this process has open; the link itself is resolved in these names. */
function openFolders() {
  const folders = new Set()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const path = readlinkSync(`/proc/self/fd/${name}`)
      if (path.endsWith('.mdb')) folders.add(dirname(path))
    } catch {} // The descriptor of the listing itself is closed by now.
  }
  return folders
}

main(process.argv.slice(2))
