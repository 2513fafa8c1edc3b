import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { codeOf, tlsAdvice } from '@sessionbank/databank-kit'
import type { Server } from './options.ts'

/** The port of the key-value service over TLS. */
const PORT = '11207'
const HOST = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?/

/**
 * Checks the certificates of a URL's hosts before the client sends the password, because the client does not compare a
 * certificate with its host, and does not report why it refuses one. Ignores hosts that cannot be reached.
 *
 * @param timeout how long a host may take, in ms
 * @throws if a host has the certificate of another host, if the certificates of all hosts are invalid, or if
 *   `trust_certificate` cannot be read
 */
export async function checkCertificates({ hosts, connectionString }: Server, timeout: number): Promise<void> {
  const file = new URLSearchParams(connectionString.split('?')[1]).get('trust_certificate')
  const ca = file === null ? undefined : await readFile(file)
  const faults = await Promise.all(hosts.split(/[,;]/).map((host) => faultOf(host, ca, timeout)))
  const misnamed = faults.find((fault) => codeOf(fault) === 'ERR_TLS_CERT_ALTNAME_INVALID')
  if (misnamed) throw misnamed
  if (faults.every((fault) => tlsAdvice(codeOf(fault)) !== undefined)) throw faults[0]
}

function faultOf(address: string, ca: Buffer | undefined, timeout: number): Promise<Error | undefined> {
  const [, ipv6, name = '', port = PORT] = HOST.exec(address) ?? []
  const host = ipv6 ?? name
  const options = { ...(ca && { ca }), ...(isIP(host) === 0 && { servername: host }), rejectUnauthorized: true }
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), ...options })
    socket.on('error', resolve)
    socket.on('close', () => resolve(undefined))
    socket.on('secureConnect', () => socket.destroy())
    socket.setTimeout(timeout, () => socket.destroy())
  })
}
