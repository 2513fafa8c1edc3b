import Bowser from 'bowser'

/** In characters. Browsers send about 150; a client may send 16,000. */
const LONGEST = 512
/** The first product of a client that is no browser, such as `curl/8.5.0`. */
const PRODUCT = /^([\w.-]{1,40})(?:\/|$)/

/** Returns what of a `User-Agent` header is worth keeping in a session. */
export function agentFrom(headers) {
  return (headers['user-agent'] ?? '').slice(0, LONGEST)
}

/**
 * Puts a `User-Agent` into words: `Firefox on Linux`. Versions are left out, since browsers no longer tell the true ones.
 *
 * @returns {{name: string, kind: 'desktop' | 'mobile' | 'tablet' | 'unknown'}}
 */
export function deviceNamed(agent) {
  // Bowser throws for an empty text.
  const { browser, os, platform } = Bowser.parse(agent || 'unknown')
  const [, product = 'Unknown browser'] = PRODUCT.exec(agent) ?? []
  const system = platform.model ?? os.name
  const kind = ['desktop', 'mobile', 'tablet'].includes(platform.type) ? platform.type : 'unknown'
  return { name: system ? `${browser.name || product} on ${system}` : browser.name || product, kind }
}
