import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { postgresVersion } from '@sessionbank/test-servers'

/** Returns one line with the versions of Node, the installed libraries and the servers, and the machine. */
export function versions() {
  const { dependencies, devDependencies } = manifest(import.meta.dirname)
  const libraries = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !name.startsWith('@sessionbank/'),
  )
  const installed = libraries.map(
    (name) => `${name} ${manifest(join(import.meta.dirname, 'node_modules', name)).version}`,
  )
  const redis = /v=(\S+)/.exec(spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]
  const servers = [redis && `Redis ${redis}`, postgresVersion()].filter(Boolean)
  const [processor] = cpus()
  const machine = `${cpus().length} × ${processor?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  return `Node ${process.version.slice(1)}; ${servers.join(', ')}; ${installed.sort().join(', ')}; ${machine}.`
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
