import { chownSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateAuthority, missingOpenssl } from './certificates.ts'
import type { ServerKind } from './launch.ts'
import { postgres, startPostgres, unprivileged } from './postgres.ts'
import type { ServerTls, TlsServer } from './tls-server.ts'

/** PostgreSQL that accepts only TLS. Its user logs in with a password, and with a certificate if one is required. */
export const postgresOverTls: ServerKind<TlsServer> = {
  name: 'PostgreSQL over TLS',
  missing: () => postgres.missing() ?? missingOpenssl(),

  async start() {
    const authority = certificateAuthority()
    let tls: ServerTls = { certificate: authority.issue() }
    const server = await startPostgres((data) => {
      const owner = unprivileged()
      const copied = (file: string, name: string) => {
        const copy = join(data, name)
        copyFileSync(file, copy)
        // PostgreSQL accepts a key file only if its own user is the owner.
        if (owner) chownSync(copy, owner.uid, owner.gid)
        return copy
      }
      const wanted = tls.wantsClientCertificate ? ' clientcert=verify-ca' : ''
      writeFileSync(join(data, 'pg_hba.conf'), `hostssl all all 127.0.0.1/32 scram-sha-256${wanted}\n`)
      return [
        'ssl=on',
        `ssl_cert_file=${copied(tls.certificate.certFile, 'server.crt')}`,
        `ssl_key_file=${copied(tls.certificate.keyFile, 'server.key')}`,
        `ssl_ca_file=${copied(authority.caFile, 'authority.crt')}`,
      ]
    }).catch((error) => {
      authority.remove()
      throw error
    })
    return {
      ...server,
      authority,
      async present(next) {
        tls = next
        await server.halt()
        await server.resume()
      },
      async stop() {
        await server.stop()
        authority.remove()
      },
    }
  },
}
