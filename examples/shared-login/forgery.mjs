import { ForgedRequestError } from './problem.mjs'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Rejects a request that a page of another origin made a browser send (CSRF). The cookie's `SameSite` does not stop all
 * of them, because all ports of a host are the same site. Browsers send the origin with each POST. Other clients, such
 * as curl, do not, but no page can make them send a request.
 *
 * @throws ForgedRequestError
 */
export function refuseForged(method, headers) {
  if (SAFE.has(method)) return
  const site = headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return
  if (site === undefined && isOwnOrigin(headers)) return
  throw new ForgedRequestError()
}

/** Checks the origin if `Sec-Fetch-Site` is missing: in old browsers, and over HTTP on hosts other than localhost. */
function isOwnOrigin({ origin, host }) {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
