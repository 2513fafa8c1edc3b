/**
 * Opens a bank repeatedly: `node open-often.cjs <dir> <times>`. Prints how often it had files of two folders open, and
 * how often opening was rejected.
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

/** Returns the folders of the LMDB files that this process has open, with symbolic links resolved. */
function openFolders() {
  const folders = new Set()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const path = readlinkSync(`/proc/self/fd/${name}`)
      if (path.endsWith('.mdb')) folders.add(dirname(path))
    } catch {} // The descriptor of the directory listing is already closed.
  }
  return folders
}

main(process.argv.slice(2))
