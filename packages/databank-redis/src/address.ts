import { InvalidOptionError, type TlsFiles, unknownName } from '@sessionbank/databank-kit'

/** Where Redis is, as the driver's URL says it. */
export interface Address {
  kind: 'single' | 'cluster' | 'sentinel'
  hosts: { host: string; port: number }[]
  tls: boolean
  /** The files in PEM that the URL names. */
  files: TlsFiles
  database: number
  username?: string
  password?: string
  /** Sentinel only: the name of the master that it watches. */
  master?: string
}

const FORMS =
  'redis://[user:password@]host:port[/db], rediss://… with TLS, redis+cluster://host:port,host:port or ' +
  'redis+sentinel://host:port,host:port/master'

const URL_PARTS =
  /^(?:redis|valkey)(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*):?([^@/]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^?#]*))?$/i
/** As options of redis-cli are named. */
const FILES = [
  ['ca', 'cacert'],
  ['cert', 'cert'],
  ['key', 'key'],
] as const
const HOST = /^(?:\[([0-9a-f:.%]+)\]|([^[\]:]*))(?::(\d{1,5}))?$/i

/** Throws InvalidOptionError, without the URL in it: there may be a password inside. */
export function parseAddress(url: string): Address {
  // With an @ or a / in the password as it is, a part of it would be taken for the host.
  if (/@.*@|\/\/[^@]*\/.*@/s.test(url)) {
    refuse('percent-encode user and password in the url of a redis bank: @ is %40, / %2F, : %3A')
  }
  const parts = URL_PARTS.exec(url) ?? refuse(`the url of a redis bank is ${FORMS}`)
  const [, tls = '', topology = 'single', user, secret, list = '', path = '', query = ''] = parts
  const kind = topology.toLowerCase() as Address['kind']
  const hosts = list.split(',').map((host) => parseHost(host, kind))
  if (kind === 'single' && hosts.length > 1) {
    refuse('redis:// takes one host; for several write redis+cluster:// or redis+sentinel://')
  }
  if (kind === 'cluster' && path !== '' && path !== '0') {
    refuse('Redis Cluster has one database only: take the number off the end of the url')
  }
  const [master, database = ''] = kind === 'sentinel' ? path.split('/') : [undefined, path]
  if (master === '') refuse(`a redis+sentinel:// url ends with the name of the master: ${FORMS}`)
  if (!/^\d{0,9}$/.test(database)) refuse('the database at the end of a redis:// url is a number')
  return {
    kind,
    hosts,
    tls: tls !== '',
    files: filesIn(query, tls !== ''),
    database: Number(database),
    ...(user && { username: decode(user) }),
    ...(secret && { password: decode(secret) }),
    ...(master && { master: decode(master) }),
  }
}

function parseHost(text: string, kind: Address['kind']): Address['hosts'][number] {
  const parts = HOST.exec(text) ?? refuse(`a host in the url of a redis bank is host:port or [IPv6]:port: ${FORMS}`)
  const [, ipv6, name, digits = kind === 'sentinel' ? '26379' : '6379'] = parts
  const host = ipv6 || name || (kind === 'single' ? '127.0.0.1' : '')
  if (host === '') refuse('a host in the url of a redis bank is empty: write host:port,host:port')
  const port = Number(digits)
  if (port < 1 || port > 65_535) refuse('a port in the url of a redis bank is 1 to 65535')
  return { host, port }
}

function filesIn(query: string, isTls: boolean): TlsFiles {
  const params = Object.fromEntries(new URLSearchParams(query))
  const names = FILES.map(([, name]) => name)
  const unknown = unknownName(params, names)
  if (unknown !== null) refuse(`unknown param in the url of a redis bank ${unknown}`)
  if (query !== '' && !isTls) refuse(`${names.join(', ')} in the url of a redis bank are for TLS: write rediss://`)
  if ('cert' in params !== 'key' in params) refuse('`cert` and `key` in the url of a redis bank are given together')
  const found = FILES.filter(([, name]) => name in params)
  return Object.fromEntries(found.map(([part, param]) => [part, { param, path: params[param] }]))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('the user or password in the url of a redis bank has a % that is not escaped: write %25')
  }
}

function refuse(why: string): never {
  throw new InvalidOptionError(why)
}

/** For messages: hosts and ports, no user and no password. */
export function describeAddress({ hosts }: Address): string {
  return hosts.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)).join(', ')
}
