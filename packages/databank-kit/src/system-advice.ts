const ADVICE = new Map([
  ['EAI_AGAIN', 'its host could not be looked up: check the host and the DNS'],
  ['ECONNREFUSED', 'nothing listens there: check host and port, and that the server runs'],
  ['ENOTFOUND', 'there is no such host: check the host'],
])

/** Patterns, because OpenSSL has many codes for one problem. */
const TLS_ADVICE: [RegExp, string][] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired: renew it'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: check the clocks of both hosts'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is of another host: check the host, or pass the name in it as `tls.servername`',
  ],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$/, 'it does not speak TLS: check the port, or open it without TLS'],
  [
    /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_(UNTRUSTED|SIGNATURE_FAILURE|REJECTED)|INVALID_CA)/,
    'its certificate is not trusted: pass the certificate of its authority as `tls.ca`',
  ],
  [
    /^ERR_SSL_\w+_ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/,
    'it refused the TLS handshake, and may want a client certificate: pass `tls.cert` and `tls.key`',
  ],
  [
    /^ERR_SSL_\w+_ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|(UNSUPPORTED_)?CERTIFICATE\w*)$/,
    'it refused the client certificate: check that it has not expired, and that the server trusts its authority',
  ],
  [
    /^ERR_SSL_(UNSUPPORTED_PROTOCOL|\w+_ALERT_PROTOCOL_VERSION)$/,
    'it supports no TLS version that Node accepts: update it',
  ],
  [/^ERR_SSL_/, 'the TLS handshake failed: check that it speaks TLS on this port'],
]

/**
 * Returns advice on an error code of the system or of TLS, which completes the sentence "cannot open X: …". Returns
 * undefined for other codes.
 */
export function systemAdvice(code: string | number | undefined): string | undefined {
  return ADVICE.get(String(code)) ?? tlsAdvice(code)
}

/** Same as `systemAdvice`, for codes of TLS only. Such errors are not transient. */
export function tlsAdvice(code: string | number | undefined): string | undefined {
  return TLS_ADVICE.find(([pattern]) => pattern.test(String(code)))?.[1]
}

/** System error codes for a server that cannot be reached at the moment, or whose name cannot be resolved yet. */
const NOT_UP = new Set(
  (
    'EAI_AGAIN EAI_NODATA ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENODATA ENOTFOUND ' +
    'EPIPE ESERVFAIL ETIMEDOUT ETIMEOUT'
  ).split(' '),
)

/** Returns whether a system error code means that a server may just not be up yet. */
export function isNotUp(code: string | number | undefined): boolean {
  return NOT_UP.has(String(code))
}
