import { accountPage } from './account-page.mjs'
import { layout } from './layout.mjs'
import { loginPage } from './login-page.mjs'
import { problemPage } from './problem-page.mjs'

/** Returns true if a browser requests a page, by a link or a form. Scripts and curl get JSON. */
export function wantsPage({ accept = '' }) {
  return accept.includes('text/html')
}

/**
 * Returns the pages of one server. Each takes the host name of the request, which its links use.
 *
 * @param {string} framework
 * @param {{framework: string, port: number}[]} sites all servers
 */
export function pagesOf(framework, sites) {
  const others = sites.map((site) => site.framework).filter((name) => name !== framework)
  const page = (hostname, content) => layout({ framework, hostname, sites }, content)
  return {
    account: (hostname, account) => page(hostname, accountPage({ ...account, others })),
    login: (hostname) => page(hostname, loginPage()),
    problem: (hostname, { message, isAboutLogin }) =>
      page(hostname, isAboutLogin ? loginPage(message) : problemPage(message)),
  }
}
