/** Switches a symbolic link between two folders until it is killed: `node switch-link.cjs <link> <folder> <folder>`. */
const { renameSync, symlinkSync } = require('node:fs')

const [, , link, ...folders] = process.argv
for (let n = 0; ; n++) {
  symlinkSync(folders[n % 2], `${link}.new`)
  renameSync(`${link}.new`, link)
  if (n === 100) process.stdout.write('switching')
}
