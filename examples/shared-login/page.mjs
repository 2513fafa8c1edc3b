import { readFile } from 'node:fs/promises'

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Whether a browser asks for a page, by following a link or sending a form; scripts and curl get JSON. */
export function wantsPage({ accept = '' }) {
  return accept.includes('text/html')
}

/**
 * Makes the function that renders the page that all three servers share.
 *
 * @param sites `{framework, port}` of each server
 */
export async function pageRenderer(sites) {
  const template = await readFile(new URL('page.html', import.meta.url), 'utf8')

  return function renderPage({ framework, hostname, session, problem = '' }) {
    const { user = '', visits = 0 } = session ?? {}
    const state = user === '' ? 'logged-out' : 'logged-in'
    const values = { framework, user, visits, problem, state }
    return template.replace(/\{\{(\w+)\}\}/g, (_, name) =>
      name === 'links' ? links(framework, hostname) : escaped(values[name]),
    )
  }

  function links(framework, hostname) {
    const items = sites.map((site) => {
      const current = site.framework === framework ? ' aria-current="page"' : ''
      const url = escaped(`http://${hostname}:${site.port}/`)
      return `<li><a href="${url}"${current}>${site.framework} <small>${site.port}</small></a></li>`
    })
    return items.join('\n')
  }
}

function escaped(value) {
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character])
}
