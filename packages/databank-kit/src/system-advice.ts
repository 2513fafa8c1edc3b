const ADVICE = new Map([
  ['EAI_AGAIN', 'its host could not be looked up: check the host and the DNS'],
  ['ECONNREFUSED', 'nothing listens there: check host and port, and that the server runs'],
  ['ENOTFOUND', 'there is no such host: check the host'],
])

/** OpenSSL has many codes for one fault. */
const TLS_ADVICE: [RegExp, string][] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired: renew it'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: check the clocks of both'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is of another host: check the host, or give the name in it as `tls.servername`',
  ],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$/, 'it does not speak TLS: check the port, or open it without TLS'],
  [
    /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_(UNTRUSTED|SIGNATURE_FAILURE|REJECTED)|INVALID_CA)/,
    'its certificate is not trusted: give the certificate of its authority as `tls.ca`',
  ],
  [
    /^ERR_SSL_\w+_ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/,
    'it refused the TLS handshake, and may want a client certificate: give `tls.cert` and `tls.key`',
  ],
  [
    /^ERR_SSL_\w+_ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|(UNSUPPORTED_)?CERTIFICATE\w*)$/,
    'it refused the client certificate: check that it has not expired, and that the server trusts its authority',
  ],
  [
    /^ERR_SSL_(UNSUPPORTED_PROTOCOL|\w+_ALERT_PROTOCOL_VERSION)$/,
    'it speaks no version of TLS that Node takes: update it',
  ],
  [/^ERR_SSL_/, 'the TLS handshake failed: check that it speaks TLS on this port'],
]

/**
 * Returns what to check where the system or TLS reached no server, of whatever kind, by the code of the error: the end of
 * the sentence "cannot open X: …". Returns undefined for other codes.
 */
export function systemAdvice(code: string | number | undefined): string | undefined {
  return ADVICE.get(String(code)) ?? tlsAdvice(code)
}

/** Returns the same for codes of TLS only: such a fault does not go away by itself. */
export function tlsAdvice(code: string | number | undefined): string | undefined {
  return TLS_ADVICE.find(([pattern]) => pattern.test(String(code)))?.[1]
}

/** Codes of the system for a server that is not there at the moment, or whose name is not known yet. */
const NOT_UP = new Set(
  (
    'EAI_AGAIN EAI_NODATA ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENODATA ENOTFOUND ' +
    'EPIPE ESERVFAIL ETIMEDOUT ETIMEOUT'
  ).split(' '),
)

/** Returns whether the code of the system means that a server may only not be up yet. */
export function isNotUp(code: string | number | undefined): boolean {
  return NOT_UP.has(String(code))
}
