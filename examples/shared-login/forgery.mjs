import { ForgedRequestError } from './problem.mjs'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a request that a page of another origin made a browser send (CSRF). The cookie's `SameSite` does not stop all of
 * them: every port of a host is the same site. Browsers name the origin of each POST. Other clients, such
 * as curl, name none, and no page can make them send a request.
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

/** For browsers without `Sec-Fetch-Site`, and for HTTP on another host than localhost, where it is not sent. */
function isOwnOrigin({ origin, host }) {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
