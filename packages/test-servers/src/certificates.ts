import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasProgram, temporaryFolder } from './launch.ts'

/** A certificate and its key, each as PEM and as the path of a file. */
export interface Certificate {
  cert: string
  key: string
  certFile: string
  keyFile: string
}

export interface CertificateOptions {
  /** The subject alternative name, such as `IP:127.0.0.1` or `DNS:localhost`. Default: `IP:127.0.0.1`. */
  name?: string
  /** The common name, for example a user of the database. Default: `server`. */
  commonName?: string
  /** True for a certificate that expired years ago. */
  isExpired?: boolean
}

/** A certificate authority for tests. Its files are in a temporary folder. */
export interface Authority {
  ca: string
  caFile: string
  issue(options?: CertificateOptions): Certificate
  remove(): void
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
const CONFIG = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = names
copy_extensions = copy
[names]
commonName = supplied
`

/** Returns null if openssl is installed, else how to get it. */
export function missingOpenssl(): string | null {
  return hasProgram('openssl')
    ? null
    : 'openssl is not installed: apt-get install openssl (macOS: brew install openssl)'
}

/** Creates an authority with a new key, so that certificates of other authorities are invalid for it. */
export function certificateAuthority(): Authority {
  const folder = temporaryFolder('certificates')
  const file = (name: string) => join(folder.path, name)
  const openssl = (...args: string[]) => {
    const { status, stderr, error } = spawnSync('openssl', args, { cwd: folder.path, encoding: 'utf8' })
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${error ?? stderr}`)
  }
  writeFileSync(file('ca.cnf'), CONFIG)
  writeFileSync(file('index.txt'), '')
  openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority', '-days', '30')
  let issued = 0
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    caFile: file('ca.crt'),
    issue({ name = 'IP:127.0.0.1', commonName = 'server', isExpired = false } = {}) {
      const [cert, key, request] = ['crt', 'key', 'csr'].map((ending) => `${issued}.${ending}`) as [
        string,
        string,
        string,
      ]
      issued++
      const names = ['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=${name}`]
      openssl('req', '-new', ...KEY, '-keyout', key, '-out', request, ...names)
      const life = isExpired ? ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'] : ['-days', '30']
      const authority = ['-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key']
      openssl('ca', '-batch', '-notext', ...authority, ...life, '-in', request, '-out', cert)
      const [certFile, keyFile] = [file(cert), file(key)]
      return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certFile, keyFile }
    },
    remove: folder.remove,
  }
}
