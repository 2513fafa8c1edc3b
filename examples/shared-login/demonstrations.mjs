import { NotLoggedInError } from './problem.mjs'
import { Visitor } from './visitor.mjs'

/**
 * Demonstrates the promises of the stores by real requests from this server to the other two.
 *
 * @param {object} servers
 * @param {string} servers.framework this server's
 * @param {{framework: string, origin: string}[]} servers.sites all three
 * @param {Gates} servers.gates
 */
export function demonstrationsOn({ framework, sites, gates }) {
  const others = () => sites.filter((site) => site.framework !== framework)

  /**
   * Sends a request of a visitor to each of the other servers. Both load the session before either one changes and
   * saves it.
   *
   * @param {string} cookies the visitor's `Cookie` header
   * @returns the notice for the visitor
   */
  async function twoRequests(cookies) {
    const visitor = new Visitor(cookies)
    const visits = async () => visitsIn(await visitor.send('GET', others()[0], '/me'))
    const before = await visits()
    const gate = gates.close(2)
    const sent = Promise.all(others().map((site) => visitor.send('POST', site, '/visit', { gate: gate.name })))
    await openOnce(gate, [gate.reached, sent])
    await sent
    return { kind: 'two-requests', at: others().map((site) => site.framework), before, after: await visits() }
  }

  /**
   * Logs a user in again, and logs that session out while one of its requests is between loading and saving. Throws if
   * the requests did not overlap like this, because then nothing is demonstrated.
   *
   * @returns the notice for the user
   */
  async function lateRequest(user) {
    const [slow, out] = others()
    const visitor = await Visitor.loggedIn(user, slow)
    const gate = gates.close(1)
    const late = visitor.send('POST', slow, '/visit', { gate: gate.name })
    const loggedOut = Promise.race([gate.reached, late.then(hasNotWaited)]).then(() =>
      visitor.send('POST', out, '/logout'),
    )
    await openOnce(gate, [loggedOut])
    await Promise.all([loggedOut, late])
    const answers = await Promise.all(sites.map((site) => visitor.send('GET', site, '/me')))
    const knownTo = sites.filter((_, index) => answers[index] !== null).map((site) => site.framework)
    return { kind: 'late-request', slow: slow.framework, out: out.framework, knownTo }
  }

  return { twoRequests, lateRequest }
}

/** Opens a gate when the first of the promises is settled, so that no request waits for ever. */
async function openOnce(gate, promises) {
  try {
    await Promise.race(promises)
  } finally {
    gate.open()
  }
}

function hasNotWaited() {
  throw new Error('the slow request was answered before the logout')
}

function visitsIn(answer) {
  if (answer === null) throw new NotLoggedInError()
  return answer.visits
}
