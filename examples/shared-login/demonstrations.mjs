import { NotLoggedInError } from './problem.mjs'
import { Visitor } from './visitor.mjs'

/**
 * Demonstrates what the stores promise with real requests from this server to the other two.
 *
 * @param {object} servers
 * @param {string} servers.framework this server's
 * @param {{framework: string, origin: string}[]} servers.sites all three
 * @param {Gates} servers.gates
 */
export function demonstrationsOn({ framework, sites, gates }) {
  const others = () => sites.filter((site) => site.framework !== framework)

  /**
   * Sends both other servers a request of a visitor. Each loads the session, and changes and saves it only when the other
   * has loaded it too.
   *
   * @param {string} cookies the visitor's `Cookie` header
   * @returns what to tell the visitor
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
   * Logs a user in once more, and logs that session out while a request of it is between loading and saving. Throws if that
   * was not what happened: then nothing is shown, kept or broken.
   *
   * @returns what to tell the user
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

/** Opens a gate after the first of some promises, kept or not: no request waits for ever. */
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
