import { InvalidOptionError } from '@sessionbank/databank-kit'

export interface HostAndPort {
  host: string
  port: number
}

/** Where Redis is, as the driver's URL says it. */
export interface Address {
  kind: 'single' | 'cluster' | 'sentinel'
  hosts: [HostAndPort, ...HostAndPort[]]
  tls: boolean
  database: number
  username?: string
  password?: string
  /** Sentinel only: the name of the master that it watches. */
  master?: string
}

const FORMS =
  'redis://[user:password@]host:port[/db], rediss://… with TLS, redis+cluster://host:port,host:port or ' +
  'redis+sentinel://host:port,host:port/master'

const URL_PARTS = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^@/]*)@)?([^/?#]*)(?:\/([^?#]*))?$/i

/** Throws InvalidOptionError, without the URL in it: there may be a password inside. */
export function parseAddress(url: string): Address {
  // With an @ or a / in the password as it is, a part of it would be taken for the host.
  if (/@.*@|\/\/[^@]*\/.*@/s.test(url)) {
    throw new InvalidOptionError('percent-encode user and password in the url of a redis bank: @ is %40, / %2F, : %3A')
  }
  const parts = URL_PARTS.exec(url)
  if (!parts) throw new InvalidOptionError(`the url of a redis bank is ${FORMS}`)
  const [, tls, topology = 'single', login, hosts = '', path = ''] = parts
  const kind = topology.toLowerCase() as Address['kind']
  const address: Address = {
    kind,
    hosts: parseHosts(hosts, kind),
    tls: tls?.toLowerCase() === 's',
    database: 0,
    ...parseLogin(login),
  }
  if (kind === 'sentinel') return { ...address, ...parseSentinelPath(path) }
  if (kind === 'cluster' && path !== '' && path !== '0') {
    throw new InvalidOptionError('Redis Cluster has one database only: take the number off the end of the url')
  }
  return { ...address, database: parseDatabase(path) }
}

function parseHosts(list: string, kind: Address['kind']): Address['hosts'] {
  const [first, ...others] = list.split(',').map((host) => parseHost(host, kind))
  if (!first || (kind === 'single' && others.length > 0)) {
    throw new InvalidOptionError('redis:// takes one host; for several write redis+cluster:// or redis+sentinel://')
  }
  return [first, ...others]
}

function parseHost(text: string, kind: Address['kind']): HostAndPort {
  const defaultPort = kind === 'sentinel' ? 26_379 : 6_379
  const parts = /^(?:\[([0-9a-f:.%]+)\]|([^[\]:]*))(?::(\d{1,5}))?$/i.exec(text)
  if (!parts) throw new InvalidOptionError(`a host in the url of a redis bank is host:port or [IPv6]:port: ${FORMS}`)
  if (!parts[1] && !parts[2] && kind !== 'single') {
    throw new InvalidOptionError('a host in the url of a redis bank is empty: write host:port,host:port')
  }
  const port = parts[3] === undefined ? defaultPort : Number(parts[3])
  if (port < 1 || port > 65_535) throw new InvalidOptionError('a port in the url of a redis bank is 1 to 65535')
  return { host: parts[1] ?? (parts[2] || '127.0.0.1'), port }
}

function parseLogin(login: string | undefined): { username?: string; password?: string } {
  if (!login) return {}
  const colon = login.indexOf(':')
  const username = decode(colon === -1 ? login : login.slice(0, colon))
  const password = colon === -1 ? '' : decode(login.slice(colon + 1))
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new InvalidOptionError(
      'the user or password in the url of a redis bank has a % that is not escaped: write %25',
    )
  }
}

function parseSentinelPath(path: string): { master: string; database: number } {
  const [master = '', database = ''] = path.split('/')
  if (master === '') throw new InvalidOptionError(`a redis+sentinel:// url ends with the name of the master: ${FORMS}`)
  return { master: decode(master), database: parseDatabase(database) }
}

function parseDatabase(path: string): number {
  if (!/^\d{0,9}$/.test(path)) throw new InvalidOptionError('the database at the end of a redis:// url is a number')
  return Number(path)
}

/** For messages: hosts and ports, no user and no password. */
export function describeAddress({ hosts }: Address): string {
  return hosts.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)).join(', ')
}
