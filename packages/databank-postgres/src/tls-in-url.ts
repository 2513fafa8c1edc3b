import { assertOption, type TlsFiles, type TlsOptions, unknownName } from '@sessionbank/databank-kit'

/** How TLS to a server is set up. */
export interface SecureServer {
  options: Readonly<TlsOptions>
  files: TlsFiles
}

/** A URL as pg gets it, and what it says of TLS. */
export interface Server {
  /** Without the params of TLS. */
  url: string
  /** Undefined: without TLS. */
  tls: SecureServer | undefined
  /** How TLS begins, as in libpq. */
  negotiation: 'postgres' | 'direct'
}

const NAMES = ['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation']
const FILES = [
  ['ca', 'sslrootcert'],
  ['cert', 'sslcert'],
  ['key', 'sslkey'],
] as const
/** Matches misspelt names too: pg would ignore them, and the certificate would not be checked. */
const LIKE_TLS = /^\W*(ssl|tls|uselibpqcompat)/i

/** libpq's `sslmode`: with these the certificate is checked, or may be. */
const ON = /^(prefer|require|verify-ca|verify-full|true|1)$/
const OFF = /^(disable|false|0)$/
/** Instead of a path: the authorities of the system. Node brings its own along. */
const SYSTEM = 'system'

/**
 * Takes the params of TLS out of a URL. pg's own reading of them differs between its versions: to some `sslmode` means
 * nothing, to others `require` checks nothing. Here every mode with TLS checks the certificate and the host in it, as libpq's
 * `verify-full` does, and what would check less is refused.
 *
 * @throws InvalidOptionError
 */
export function splitUrl(given: string, options: Readonly<TlsOptions> | undefined): Server {
  // Line ends and tabs are no part of a URL, wherever they stand.
  const [, address, query = '', hash] = /^([^?#]*)(?:\?([^#]*))?(.*)$/s.exec(given.replace(/[\t\r\n]/g, '')) ?? []
  const params: Record<string, string> = {}
  const others: string[] = []
  for (const pair of query.split('&').filter(Boolean)) {
    const [[name, value] = ['', '']] = new URLSearchParams(pair)
    if (LIKE_TLS.test(name)) params[name] = name in params ? `${params[name]}, ${value}` : value
    else others.push(pair)
  }
  const unknown = unknownName(params, NAMES)
  assertOption('postgres', unknown === null, `unknown param of TLS in \`url\` ${unknown}`)

  const { sslnegotiation: negotiation = 'postgres' } = params
  const isNegotiation = negotiation === 'postgres' || negotiation === 'direct'
  assertOption('postgres', isNegotiation, '`sslnegotiation` in `url` is postgres or direct')
  const named = FILES.filter(([, param]) => params[param] !== undefined)
  assertOption(
    'postgres',
    !('sslcert' in params) === !('sslkey' in params),
    '`sslcert` and `sslkey` are given together',
  )
  assertOption('postgres', options === undefined || named.length === 0, 'give the certificates in `url` or as `tls`')
  const isWanted = options !== undefined || named.length > 0 || negotiation === 'direct'
  const isOn = isTlsOn(params, isWanted)
  assertOption('postgres', isOn || !isWanted, '`url` turns TLS off: take that out, or what belongs to TLS')

  const paths = named.map(([part, param]) => [part, { param, path: params[param] }] as const)
  const files: TlsFiles = Object.fromEntries(paths.filter(([, { path }]) => path !== SYSTEM))
  const url = `${address}${others.length > 0 ? `?${others.join('&')}` : ''}${hash}`
  return { url, tls: isOn ? { options: options ?? {}, files } : undefined, negotiation }
}

/** As in pg, the URL says more than the environment, and `sslmode` more than `ssl`. */
function isTlsOn({ sslmode, ssl }: Record<string, string>, isWanted: boolean): boolean {
  if (sslmode !== undefined) return isOnIn('`sslmode` in `url`', sslmode)
  if (ssl !== undefined) return isOnIn('`ssl` in `url`', ssl)
  return isWanted || isOnIn('the environment variable `PGSSLMODE`', process.env.PGSSLMODE || 'disable')
}

function isOnIn(name: string, mode: string): boolean {
  const why = `${name} is disable or verify-full: a certificate that is not checked protects nothing; name its authority with`
  assertOption('postgres', ON.test(mode) || OFF.test(mode), `${why} \`sslrootcert\``)
  return ON.test(mode)
}
