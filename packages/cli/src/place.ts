import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { fromEnvironment } from './options-file.ts'

const URL_PARTS = /^([a-z+]+):\/\/(?:[^/]*@)?([^/?#]*)(?:\/([^?#]*))?(.*)$/i
const PORTS: Record<string, string> = { redis: '6379', rediss: '6379', postgres: '5432', mongodb: '27017' }
const SAME_HOST = new Set(['', 'localhost', '[::1]'])

/** Returns the folder of a disk bank, or null if the URL is of another kind of bank. */
export function folderOf(url: string): string | null {
  return /^disk:/i.test(url) ? url.slice('disk:'.length) : null
}

/** Returns the normalized address of a bank, without its login, so that two URLs of the same bank can be compared. */
export function placeOf(givenUrl: string): string {
  const url = fromEnvironment(givenUrl)
  const folder = folderOf(url)
  if (folder !== null) return `disk:${realPathOf(folder)}`
  const [, scheme = '', list = '', path = '', query = ''] = URL_PARTS.exec(url) ?? []
  if (scheme === '') return url
  const kind = scheme.toLowerCase().replace('valkey', 'redis').replace('postgresql', 'postgres')
  const hosts = list
    .toLowerCase()
    .split(',')
    .map((host) => hostOf(host, PORTS[kind.split('+')[0] as string]))
  // Redis uses database 0 by default.
  const database = path.replace(/\/$/, '') || (kind.startsWith('redis') ? '0' : '')
  return `${kind}://${hosts.sort().join(',')}/${database}${query}`
}

function hostOf(host: string, defaultPort: string | undefined): string {
  const [, name = '', port = defaultPort] = /^(.*?)(?::(\d+))?$/.exec(host) ?? []
  return `${SAME_HOST.has(name) ? '127.0.0.1' : name}${port === undefined ? '' : `:${port}`}`
}

function realPathOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return resolve(folder)
  }
}
