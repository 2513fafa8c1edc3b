import { InvalidOptionError, type TlsFiles, unknownName } from '@sessionbank/databank-kit'

/** The contents of the driver's URL. */
export interface Address {
  kind: 'single' | 'cluster' | 'sentinel'
  hosts: { host: string; port: number }[]
  tls: boolean
  /** The PEM files that the URL names. */
  files: TlsFiles
  database: number
  username?: string
  password?: string
  /** Sentinel only: the name of the master. */
  master?: string
}

const FORMS =
  'redis://[user:password@]host:port[/db], rediss://… with TLS, redis+cluster://host:port,host:port or ' +
  'redis+sentinel://host:port,host:port/master'

const URL_PARTS =
  /^(?:redis|valkey)(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*):?([^@/]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^?#]*))?$/i
/** Parts of `tls`, and their query parameters, which are named like redis-cli's options. */
const FILES = [
  ['ca', 'cacert'],
  ['cert', 'cert'],
  ['key', 'key'],
] as const
const HOST = /^(?:\[([0-9a-f:.%]+)\]|([^[\]:]*))(?::(\d{1,5}))?$/i

/** Parses the URL. Throws InvalidOptionError, which never quotes the URL, because that may hold a password. */
export function parseAddress(url: string): Address {
  // With an unencoded @ or / in the password, a part of it would be read as the host.
  if (/@.*@|\/\/[^@]*\/.*@/s.test(url)) {
    refuse('percent-encode user and password in the url of a redis bank: @ is %40, / %2F, : %3A')
  }
  const parts = URL_PARTS.exec(url) ?? refuse(`the url of a redis bank must be ${FORMS}`)
  const [, tls = '', topology = 'single', user, secret, list = '', path = '', query = ''] = parts
  const kind = topology.toLowerCase() as Address['kind']
  const hosts = list.split(',').map((host) => parseHost(host, kind))
  if (kind === 'single' && hosts.length > 1) {
    refuse('a redis:// url takes one host; for several, use redis+cluster:// or redis+sentinel://')
  }
  if (kind === 'cluster' && path !== '' && path !== '0') {
    refuse('Redis Cluster has only one database: remove the number from the end of the url')
  }
  const [master, database = ''] = kind === 'sentinel' ? path.split('/') : [undefined, path]
  if (master === '') refuse(`a redis+sentinel:// url must end with the name of the master: ${FORMS}`)
  if (!/^\d{0,9}$/.test(database)) refuse('the database at the end of a redis:// url must be a number')
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
  const parts =
    HOST.exec(text) ?? refuse(`a host in the url of a redis bank must be host:port or [IPv6]:port: ${FORMS}`)
  const [, ipv6, name, digits = kind === 'sentinel' ? '26379' : '6379'] = parts
  const host = ipv6 || name || (kind === 'single' ? '127.0.0.1' : '')
  if (host === '') refuse('a host in the url of a redis bank is empty: write host:port,host:port')
  const port = Number(digits)
  if (port < 1 || port > 65_535) refuse('a port in the url of a redis bank must be 1 to 65535')
  return { host, port }
}

function filesIn(query: string, isTls: boolean): TlsFiles {
  const params = Object.fromEntries(new URLSearchParams(query))
  const names = FILES.map(([, name]) => name)
  const unknown = unknownName(params, names)
  if (unknown !== null) refuse(`unknown query parameter in the url of a redis bank ${unknown}`)
  if (query !== '' && !isTls) refuse(`${names.join(', ')} in the url of a redis bank require TLS: use rediss://`)
  if ('cert' in params !== 'key' in params) refuse('`cert` and `key` in the url of a redis bank must be set together')
  const found = FILES.filter(([, name]) => name in params)
  return Object.fromEntries(found.map(([part, param]) => [part, { param, path: params[param] }]))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('the user or password in the url of a redis bank has a % that is not escaped: use %25')
  }
}

function refuse(why: string): never {
  throw new InvalidOptionError(why)
}

/** Returns hosts and ports for messages, without user and password. */
export function describeAddress({ hosts }: Address): string {
  return hosts.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)).join(', ')
}
