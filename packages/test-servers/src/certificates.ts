import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasProgram, temporaryFolder } from './launch.ts'

/** A certificate with its key, each as PEM and as the file that holds it. */
export interface Certificate {
  cert: string
  key: string
  certFile: string
  keyFile: string
}

export interface CertificateOptions {
  /** What it is for, as OpenSSL writes it: `IP:127.0.0.1`, `DNS:localhost`. Default: `IP:127.0.0.1`. */
  name?: string
  /** The common name, as of a user of the database. Default: `server`. */
  commonName?: string
  /** True for a certificate that expired years ago. */
  isExpired?: boolean
}

/** An authority of a test, which signs certificates as it is told to. Its files are in a folder that goes with it. */
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

/** null: certificates can be made here. */
export function missingOpenssl(): string | null {
  return hasProgram('openssl')
    ? null
    : 'openssl is not installed: apt-get install openssl (macOS: brew install openssl)'
}

/** Makes an authority with a key of its own, so that no other authority's certificates are valid for it. */
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
