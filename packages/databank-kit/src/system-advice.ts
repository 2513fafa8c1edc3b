const ADVICE = new Map([
  ['CERT_HAS_EXPIRED', 'its certificate has expired: renew it'],
  ['EAI_AGAIN', 'its host could not be looked up: check the host and the DNS'],
  ['ECONNREFUSED', 'nothing listens there: check host and port, and that the server runs'],
  ['ENOTFOUND', 'there is no such host: check the host'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is of another host: check the host'],
])

/**
 * Returns what to check where the system or TLS reached no server, of whatever kind, by the code of the error: the end of
 * the sentence "cannot open X: …". Returns undefined for other codes.
 */
export function systemAdvice(code: string | number | undefined): string | undefined {
  return ADVICE.get(String(code))
}
