import { demonstrations } from './demonstrations.mjs'
import { deviceNamed } from './device-name.mjs'
import { html } from './html.mjs'
import { timeAgo } from './relative-time.mjs'

/** Maximum number of devices on the page: those used last. */
const MOST_SHOWN = 20

/** The texts of notices. Other kinds are results of demonstrations. */
const NOTICES = {
  ended: ({ agent }) => `${deviceNamed(agent).name} is logged out.`,
  'others-ended': ({ count }) =>
    count === 1 ? '1 other device is logged out.' : `${count} other devices are logged out.`,
}

const ICONS = {
  desktop: html`<path d="M4 5h16v11H4zM2 19h20"/>`,
  mobile: html`<path d="M7 3h10v18H7zM11 18h2"/>`,
  tablet: html`<path d="M5 3h14v18H5zM11 18h2"/>`,
  unknown: html`<path d="M3 5h18v14H3zM7 10l2.5 2L7 14M12 15h5"/>`,
}

/**
 * @param {object} account
 * @param {string} account.user
 * @param {{handle: string, isThis: boolean, agent: string, framework: string, since: Date, lastUsed: Date | null}[]}
 *   account.devices
 * @param {{all: number, on: Record<string, number>}} account.visits
 * @param {{kind: string} | null} account.notice the result of the last request
 * @param {string[]} account.others the names of the other two servers
 */
export function accountPage({ user, devices, visits, notice, others }) {
  const now = Date.now()
  const said = notice && Object.hasOwn(NOTICES, notice.kind) && NOTICES[notice.kind](notice)
  const more = devices.length - MOST_SHOWN
  const body = html`
<h1>Your devices</h1>
<p class="lead">Logged in as <strong>${user}</strong></p>
${said && html`<p class="notice" id="done" role="status" tabindex="-1">${said}</p>`}
<section class="card" aria-label="Your devices">
  <ul class="devices">
    ${devices.slice(0, MOST_SHOWN).map((device) => deviceRow(device, now))}
  </ul>
  ${more > 0 && html`<p class="quiet more">And ${more} more that were used before these.</p>`}
  ${
    devices.length > 1 &&
    html`<form class="everywhere" method="post" action="/devices/logout-others">
    <button type="submit">Log out everywhere else</button>
  </form>`
  }
</section>
${demonstrations({ visits, notice, others })}`
  return { title: said || 'Your devices', body }
}

function deviceRow({ handle, isThis, agent, framework, since, lastUsed }, now) {
  const { name, kind } = deviceNamed(agent)
  return html`<li>
      <svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[kind]}</svg>
      <div>
        <h2 id="name-${handle}"><span>${name}</span>${isThis && html` <span class="badge">This one</span>`}</h2>
        <p class="quiet" id="about-${handle}">Logged in on ${framework} ${since && time(since, timeAgo(since, now))}${
          isThis ? ' · active now' : lastUsed && html` · ${lastUse(lastUsed, now)}`
        }</p>
      </div>
      <form method="post" action="${isThis ? '/logout' : `/devices/${handle}/logout`}">
        <button type="submit" aria-describedby="about-${handle}">Log out<span class="unseen"> ${name}</span></button>
      </form>
    </li>
    `
}

/** Returns the last use, which is exact to a minute because of `touchAfter`. */
function lastUse(date, now) {
  const ago = timeAgo(date, now)
  return html`active ${ago !== 'just now' && 'about '}${time(date, ago)}`
}

function time(date, words) {
  return html`<time datetime="${date.toISOString()}" title="${date.toUTCString()}">${words}</time>`
}
