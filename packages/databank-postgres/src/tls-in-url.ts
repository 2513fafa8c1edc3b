import { assertOption, type TlsFiles, type TlsOptions, unknownName } from '@sessionbank/databank-kit'

/** The TLS options for a server. */
export interface SecureServer {
  options: Readonly<TlsOptions>
  files: TlsFiles
}

/** A URL for pg, and the TLS options taken out of it. */
export interface Server {
  /** Without the query parameters for TLS. */
  url: string
  /** Undefined if TLS is off. */
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
/** Matches misspelt names too, because pg would ignore them and not check the certificate. */
const LIKE_TLS = /^\W*(ssl|tls|uselibpqcompat)/i

/** Values of `sslmode` and `ssl` that turn TLS on, and with it the check of the certificate. */
const ON = /^(prefer|require|verify-ca|verify-full|true|1)$/
const OFF = /^(disable|false|0)$/
/** Stands for the system's certificate authorities, instead of a path. Node uses its own list. */
const SYSTEM = 'system'

/**
 * Removes the query parameters for TLS from a URL. Versions of pg interpret them differently: some ignore `sslmode`,
 * others check nothing with `require`. Here every mode with TLS checks the certificate and its host, like libpq's
 * `verify-full`, and parameters that would check less are rejected.
 *
 * @throws InvalidOptionError
 */
export function splitUrl(given: string, options: Readonly<TlsOptions> | undefined): Server {
  // Line ends and tabs are ignored in a URL.
  const [, address, query = '', hash] = /^([^?#]*)(?:\?([^#]*))?(.*)$/s.exec(given.replace(/[\t\r\n]/g, '')) ?? []
  const params: Record<string, string> = {}
  const others: string[] = []
  for (const pair of query.split('&').filter(Boolean)) {
    const [[name, value] = ['', '']] = new URLSearchParams(pair)
    if (LIKE_TLS.test(name)) params[name] = name in params ? `${params[name]}, ${value}` : value
    else others.push(pair)
  }
  const unknown = unknownName(params, NAMES)
  assertOption('postgres', unknown === null, `unknown query parameter for TLS in \`url\` ${unknown}`)

  const { sslnegotiation: negotiation = 'postgres' } = params
  const isNegotiation = negotiation === 'postgres' || negotiation === 'direct'
  assertOption('postgres', isNegotiation, '`sslnegotiation` in `url` must be postgres or direct')
  const named = FILES.filter(([, param]) => params[param] !== undefined)
  assertOption(
    'postgres',
    !('sslcert' in params) === !('sslkey' in params),
    '`sslcert` and `sslkey` must be set together',
  )
  assertOption(
    'postgres',
    options === undefined || named.length === 0,
    'set the certificates in `url` or as `tls`, not in both',
  )
  const isWanted = options !== undefined || named.length > 0 || negotiation === 'direct'
  const isOn = isTlsOn(params, isWanted)
  assertOption('postgres', isOn || !isWanted, '`url` turns TLS off: remove that, or the options for TLS')

  const paths = named.map(([part, param]) => [part, { param, path: params[param] }] as const)
  const files: TlsFiles = Object.fromEntries(paths.filter(([, { path }]) => path !== SYSTEM))
  const url = `${address}${others.length > 0 ? `?${others.join('&')}` : ''}${hash}`
  return { url, tls: isOn ? { options: options ?? {}, files } : undefined, negotiation }
}

/** As in pg, the URL takes precedence over the environment, and `sslmode` over `ssl`. */
function isTlsOn({ sslmode, ssl }: Record<string, string>, isWanted: boolean): boolean {
  if (sslmode !== undefined) return isOnIn('`sslmode` in `url`', sslmode)
  if (ssl !== undefined) return isOnIn('`ssl` in `url`', ssl)
  return isWanted || isOnIn('the environment variable `PGSSLMODE`', process.env.PGSSLMODE || 'disable')
}

function isOnIn(name: string, mode: string): boolean {
  const why = `${name} must be disable or verify-full, because an unchecked certificate protects nothing; name its authority with`
  assertOption('postgres', ON.test(mode) || OFF.test(mode), `${why} \`sslrootcert\``)
  return ON.test(mode)
}
