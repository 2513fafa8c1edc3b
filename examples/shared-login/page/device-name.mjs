import Bowser from 'bowser'

/** Maximum length in characters. Browsers send about 150, but a client may send 16,000. */
const LONGEST = 512
/** The first product of a client other than a browser, such as `curl/8.5.0`. */
const PRODUCT = /^([\w.-]{1,40})(?:\/|$)/

/** Returns the part of the `User-Agent` header to store in a session. */
export function agentFrom(headers) {
  return (headers['user-agent'] ?? '').slice(0, LONGEST)
}

/**
 * Describes a `User-Agent`, such as `Firefox on Linux`. Omits versions, which browsers no longer report correctly.
 *
 * @returns {{name: string, kind: 'desktop' | 'mobile' | 'tablet' | 'unknown'}}
 */
export function deviceNamed(agent) {
  // Bowser throws if the text is empty.
  const { browser, os, platform } = Bowser.parse(agent || 'unknown')
  const [, product = 'Unknown browser'] = PRODUCT.exec(agent) ?? []
  const system = platform.model ?? os.name
  const kind = ['desktop', 'mobile', 'tablet'].includes(platform.type) ? platform.type : 'unknown'
  return { name: system ? `${browser.name || product} on ${system}` : browser.name || product, kind }
}
