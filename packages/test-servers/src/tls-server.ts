import type { Authority, Certificate, CertificateOptions } from './certificates.ts'
import type { TestServer } from './launch.ts'

/** The certificate of a server, and whether it requires one of its clients. */
export interface ServerTls {
  certificate: Certificate
  /** Rejects clients without a certificate of its authority. Default: false. */
  wantsClientCertificate?: boolean
}

/** A server with TLS. */
export interface TlsServer extends TestServer {
  /** The authority that signed the server's certificate, and that the server trusts for client certificates. */
  authority: Authority
  /** Uses another certificate from now on, on the same port. */
  present(tls: ServerTls): Promise<void>
}

/** A fault in the certificates of a server or its client. */
export interface CertificateFault extends CertificateOptions {
  fault: string
  wantsClientCertificate?: boolean
  /** True if the client trusts another authority instead of the one that signed. */
  isStranger?: boolean
  /** The expected error of a driver. */
  says: RegExp
}

/** Faults that every driver must name when it opens a bank on 127.0.0.1. */
export const CERTIFICATE_FAULTS: CertificateFault[] = [
  { fault: 'a certificate of an unknown authority', isStranger: true, says: /certificate is not trusted/ },
  { fault: 'a certificate of another host', name: 'DNS:bank.example', says: /certificate is of another host/ },
  { fault: 'a certificate of localhost', name: 'DNS:localhost', says: /certificate is of another host/ },
  { fault: 'an expired certificate', isExpired: true, says: /certificate has expired/ },
  {
    fault: 'a missing client certificate',
    wantsClientCertificate: true,
    says: /client certificate/,
  },
]
