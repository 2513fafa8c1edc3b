import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { ConnectError, InvalidOptionError } from './errors.ts'
import { unknownName } from './options.ts'
import { nameAndCode, safeCause } from './safe-cause.ts'

/** Text in PEM, as a string or as bytes from `readFileSync`. */
export type Pem = string | Uint8Array

/** The option `tls` of the drivers. The server's certificate is always checked. */
export interface TlsOptions {
  /** Certificates of the authorities that may have signed the server's certificate. Default: those included in Node. */
  ca?: Pem | readonly Pem[]
  /** Certificate of the client, if the server requires one; with `key`. */
  cert?: Pem
  /** Private key of `cert`. */
  key?: Pem
  /** Passphrase of `key`, if it has one. */
  passphrase?: string
  /** The name that the server's certificate must have. Default: the host of the URL. */
  servername?: string
}

/** A PEM file whose path is in a URL. */
export interface PemFile {
  /** The name of the URL's param, for messages. */
  param: string
  /** The path of the file. */
  path: string
}

/** The PEM files whose paths are in a URL. */
export type TlsFiles = { readonly [name in Part]?: PemFile }

/** The options for Node's `tls.connect`, which every client passes on. */
export interface TlsConnection {
  /** A `SecureContext`, which shows no key when it is inspected. */
  secureContext: {
    /** Node’s internal object. */
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
  'the check of the server’s certificate cannot be turned off: pass the certificate of its authority as `tls.ca`, and the ' +
  'name in it as `tls.servername`'

/** Returns `tls` with its parts as text. Throws InvalidOptionError if it is invalid; the message quotes no value. */
export function checkedTls(driver: string, tls: unknown): Readonly<TlsOptions> | undefined {
  if (tls === undefined) return undefined
  const refuse = (why: string) => new InvalidOptionError(`params of the ${driver} driver: ${why}`)
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls))
    throw refuse('`tls` must be an object, such as { ca }')
  if ('rejectUnauthorized' in tls || 'checkServerIdentity' in tls) throw refuse(UNCHECKED)
  const unknown = unknownName(tls, NAMES)
  if (unknown !== null) throw refuse(`unknown name in \`tls\` ${unknown}`)
  const { ca, cert, key, passphrase, servername } = tls as { [name in keyof TlsOptions]?: unknown }
  if ((cert === undefined) !== (key === undefined)) throw refuse('`tls.cert` and `tls.key` must be given together')
  for (const [name, text] of Object.entries({ passphrase, servername })) {
    if (text !== undefined && (typeof text !== 'string' || text === ''))
      throw refuse(`\`tls.${name}\` must be a non-empty string`)
  }
  const parts: Partial<Record<Part, string>> = {}
  for (const [part, pem] of Object.entries({ ca, cert, key })) {
    if (pem === undefined) continue
    const texts = (part === 'ca' && Array.isArray(pem) ? pem : [pem]).map(textOf)
    // An empty list would mean the authorities included in Node.
    const isGiven = texts.length > 0 && texts.every(isPem)
    if (!isGiven) throw refuse(`\`tls.${part}\` must be the text of a PEM file, not its path`)
    parts[part as Part] = texts.join('\n')
  }
  return { ...(tls as TlsOptions), ...parts }
}

/**
 * Prepares the TLS options of a bank.
 *
 * @param files PEM files from the URL, which replace the same options
 * @throws ConnectError if a file cannot be read, or a certificate or key is invalid. The message does not quote the
 * path
 */
export async function openTls(options: Readonly<TlsOptions> = {}, files: TlsFiles = {}): Promise<TlsConnection> {
  const parts: Partial<Record<Part, string>> = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = files[part]
    // `checkedTls` has converted the option to text.
    const text = file === undefined ? (options[part] as string | undefined) : await contentOf(file)
    if (text !== undefined) parts[part] = text
  }
  const { passphrase, servername } = options
  try {
    const { ca, key } = parts
    // `createSecureContext` ignores an authority that is not a certificate.
    for (const certificate of ca?.split(/(?=-----BEGIN )/).filter(isPem) ?? []) new X509Certificate(certificate)
    if (key !== undefined) createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) })
    const secureContext = createSecureContext({ ...parts, ...(passphrase !== undefined && { passphrase }) })
    return { secureContext, rejectUnauthorized: true, ...(servername !== undefined && { servername }) }
  } catch (error) {
    throw new ConnectError(
      `the certificates or the key cannot be used (${nameAndCode(error)}): check that they are in PEM, that the key belongs to ` +
        'the certificate, and that the passphrase is right',
      safeCause(error),
    )
  }
}

async function contentOf({ param, path }: PemFile): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ConnectError(`the file of \`${param}\` in \`url\` cannot be read (${nameAndCode(error)})`)
  }
  if (isPem(text)) return text
  throw new ConnectError(`the file of \`${param}\` in \`url\` is not in PEM`)
}

function textOf(pem: unknown): string {
  if (typeof pem === 'string') return pem
  return pem instanceof Uint8Array ? Buffer.from(pem).toString('latin1') : ''
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}
