import { accountPage } from './account-page.mjs'
import { layout } from './layout.mjs'
import { loginPage } from './login-page.mjs'
import { problemPage } from './problem-page.mjs'

/** Whether a browser asks for a page, by following a link or sending a form; scripts and curl get JSON. */
export function wantsPage({ accept = '' }) {
  return accept.includes('text/html')
}

/**
 * The pages of one server. Each takes the name of the host that the visitor reached it by, which the links go to.
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
