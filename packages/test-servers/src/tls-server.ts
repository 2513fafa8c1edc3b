import type { Authority, Certificate, CertificateOptions } from './certificates.ts'
import type { TestServer } from './launch.ts'

/** What a server shows its clients, and asks of them. */
export interface ServerTls {
  certificate: Certificate
  /** Turns clients away that have no certificate of its authority. Default: false. */
  wantsClientCertificate?: boolean
}

/** A server that clients reach over TLS. */
export interface TlsServer extends TestServer {
  /** Signed the server's certificate; the server trusts the certificates of clients that it signed. */
  authority: Authority
  /** Shows another certificate from now on, on the same port. */
  present(tls: ServerTls): Promise<void>
}

/** A fault in the certificates of a server, or in what its client has. */
export interface CertificateFault extends CertificateOptions {
  fault: string
  wantsClientCertificate?: boolean
  /** True if the client trusts another authority than the one that signed. */
  isStranger?: boolean
  /** What the error of a driver has to say. */
  says: RegExp
}

/** Each has to be told when a bank is opened on 127.0.0.1, whatever the database. */
export const CERTIFICATE_FAULTS: CertificateFault[] = [
  { fault: 'a certificate of an unknown authority', isStranger: true, says: /certificate is not trusted/ },
  { fault: 'a certificate of another host', name: 'DNS:bank.example', says: /certificate is of another host/ },
  { fault: 'a certificate of localhost', name: 'DNS:localhost', says: /certificate is of another host/ },
  { fault: 'a certificate that has expired', isExpired: true, says: /certificate has expired/ },
  {
    fault: 'a server that misses the certificate of the client',
    wantsClientCertificate: true,
    says: /client certificate/,
  },
]
