import { html } from './html.mjs'

/**
 * Renders the two promises that a visitor can try, each with its last result.
 *
 * @param {{visits: object, notice: {kind: string} | null, others: string[]}} account as in `accountPage`
 */
export function demonstrations({ visits, notice, others: [first, second] }) {
  return html`
<h2 class="promises">Two promises, to try</h2>
<div class="pair">
  <section class="card" aria-labelledby="two-requests">
    <h3 id="two-requests">Concurrent requests lose nothing</h3>
    <p>${first} and ${second} get a request of yours each, at the same moment. Both load your session. Only when both
      have it, each adds 1 to its own counter and saves.</p>
    <dl class="counters">
      ${Object.entries(visits.on).map(
        ([framework, count]) => html`<div><dt>${framework}</dt><dd>${count}</dd></div>
      `,
      )}
      <div class="total"><dt>All three</dt><dd>${visits.all}</dd></div>
    </dl>
    <form method="post" action="/try/two-requests"><button type="submit">Send two at once</button></form>
    ${notice?.kind === 'two-requests' && twoRequests(notice)}
  </section>
  <section class="card" aria-labelledby="late-request">
    <h3 id="late-request">A logout is final</h3>
    <p>A second login of yours sends a slow request to ${first}. While it runs, ${second} logs that login out. Then the
      request ends, and saves the session that it had loaded.</p>
    <form method="post" action="/try/late-request"><button type="submit">Log out during a request</button></form>
    ${notice?.kind === 'late-request' && lateRequest(notice)}
  </section>
</div>`
}

function twoRequests({ before, after, at }) {
  const lost = at.filter((framework) => after.on[framework] <= before.on[framework])
  const counts = at
    .map((framework) => `${framework} ${before.on[framework]}\u00a0→\u00a0${after.on[framework]}`)
    .join(', ')
  const verdict = lost.length === 0 ? 'Both counts survived' : `A count was lost on ${lost.join(' and ')}`
  return result(lost.length === 0, html`<strong>${verdict}:</strong> ${counts}.`)
}

function lateRequest({ slow, out, knownTo }) {
  const isOut = knownTo.length === 0
  const verdict = isOut ? 'It stays out, on all three servers.' : `It came back on ${knownTo.join(' and ')}.`
  const steps = html`<ol>
      <li>${slow} loaded the session.</li>
      <li>${out} logged it out.</li>
      <li>${slow} changed and saved the session.</li>
      <li>All three were asked for it again.</li>
    </ol>
    <strong>${verdict}</strong>`
  return result(isOut, steps)
}

function result(isKept, what) {
  return html`<div class="notice${!isKept && ' bad'}" id="done" role="status" tabindex="-1">${what}</div>
    `
}
