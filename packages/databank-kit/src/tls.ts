import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { ConnectError, InvalidOptionError } from './errors.ts'
import { unknownName } from './options.ts'
import { nameAndCode, safeCause } from './safe-cause.ts'

/** Text in PEM, or its bytes as `readFileSync` gives them. */
export type Pem = string | Uint8Array

/** The option `tls` of the drivers. The server's certificate is always checked. */
export interface TlsOptions {
  /** Certificates of the authorities that the server's may be signed by. Default: those that Node brings along. */
  ca?: Pem | readonly Pem[]
  /** Certificate of the client, for a server that wants one; with `key`. */
  cert?: Pem
  /** Private key of `cert`. */
  key?: Pem
  /** Passphrase of `key`, if it has one. */
  passphrase?: string
  /** The name that the server's certificate must have. Default: the host of the URL. */
  servername?: string
}

/** A file in PEM that a URL names, and the name of the URL's param, as messages say it. */
export interface PemFile {
  /** The name of the param in the URL. */
  param: string
  /** The path of the file. */
  path: string
}

/** The files in PEM that a URL names. */
export type TlsFiles = { readonly [name in Part]?: PemFile }

/** What Node's `tls.connect` takes, as every client hands it on. */
export interface TlsConnection {
  /** A `SecureContext`: what can be shown of it has no key in it. */
  secureContext: {
    /** Node’s own. */
    context: unknown
  }
  /** Always set: otherwise `NODE_TLS_REJECT_UNAUTHORIZED=0` would turn the check off silently. */
  rejectUnauthorized: true
  /** The name that the server’s certificate must have. Default: the host. */
  servername?: string
}

type Part = 'ca' | 'cert' | 'key'

const NAMES = ['ca', 'cert', 'key', 'passphrase', 'servername']
const UNCHECKED =
  'the check of the server’s certificate cannot be turned off: give the certificate of its authority as `tls.ca`, and the ' +
  'name in it as `tls.servername`'

/** Returns `tls`, its parts as text. Throws InvalidOptionError if it cannot be used; the message quotes nothing of it. */
export function checkedTls(driver: string, tls: unknown): Readonly<TlsOptions> | undefined {
  if (tls === undefined) return undefined
  const refuse = (why: string) => new InvalidOptionError(`params of the ${driver} driver: ${why}`)
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) throw refuse('`tls` is an object, such as { ca }')
  if ('rejectUnauthorized' in tls || 'checkServerIdentity' in tls) throw refuse(UNCHECKED)
  const unknown = unknownName(tls, NAMES)
  if (unknown !== null) throw refuse(`unknown name in \`tls\` ${unknown}`)
  const { ca, cert, key, passphrase, servername } = tls as { [name in keyof TlsOptions]?: unknown }
  if ((cert === undefined) !== (key === undefined)) throw refuse('`tls.cert` and `tls.key` are given together')
  for (const [name, text] of Object.entries({ passphrase, servername })) {
    if (text !== undefined && (typeof text !== 'string' || text === '')) throw refuse(`\`tls.${name}\` is a string`)
  }
  const parts: Partial<Record<Part, string>> = {}
  for (const [part, pem] of Object.entries({ ca, cert, key })) {
    if (pem === undefined) continue
    const texts = (part === 'ca' && Array.isArray(pem) ? pem : [pem]).map(textOf)
    // No authority at all would mean those that Node brings along.
    const isGiven = texts.length > 0 && texts.every(isPem)
    if (!isGiven) throw refuse(`\`tls.${part}\` is the text of a file in PEM, not its path`)
    parts[part as Part] = texts.join('\n')
  }
  return { ...(tls as TlsOptions), ...parts }
}

/**
 * Reads what a bank needs to speak TLS.
 *
 * @param files what the URL names; a file is used instead of the same option
 * @throws ConnectError if a file cannot be read, or a certificate or key cannot be used. The message has no path
 */
export async function openTls(options: Readonly<TlsOptions> = {}, files: TlsFiles = {}): Promise<TlsConnection> {
  const parts: Partial<Record<Part, string>> = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = files[part]
    // `checkedTls` made text of it.
    const text = file === undefined ? (options[part] as string | undefined) : await contentOf(file)
    if (text !== undefined) parts[part] = text
  }
  const { passphrase, servername } = options
  try {
    const { ca, key } = parts
    // createSecureContext ignores an authority that is not a certificate.
    for (const certificate of ca?.split(/(?=-----BEGIN )/).filter(isPem) ?? []) new X509Certificate(certificate)
    if (key !== undefined) createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) })
    const secureContext = createSecureContext({ ...parts, ...(passphrase !== undefined && { passphrase }) })
    return { secureContext, rejectUnauthorized: true, ...(servername !== undefined && { servername }) }
  } catch (error) {
    throw new ConnectError(
      `the certificates or the key cannot be used (${nameAndCode(error)}): check that they are in PEM, that the key is that ` +
        'of the certificate, and its passphrase',
      safeCause(error),
    )
  }
}

async function contentOf({ param, path }: PemFile): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ConnectError(`the file that \`${param}\` in \`url\` names cannot be read (${nameAndCode(error)})`)
  }
  if (isPem(text)) return text
  throw new ConnectError(`the file that \`${param}\` in \`url\` names is not in PEM`)
}

function textOf(pem: unknown): string {
  if (typeof pem === 'string') return pem
  return pem instanceof Uint8Array ? Buffer.from(pem).toString('latin1') : ''
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}
