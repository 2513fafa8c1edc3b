import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { html, trusted } from './html.mjs'

const style = readFileSync(new URL('style.css', import.meta.url), 'utf8')
const styleHash = createHash('sha256').update(style).digest('base64')
const styleElement = trusted(`<style>${style}</style>`)

/** Headers of every page: it is private, runs no scripts, and must not be framed. */
export const PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'content-type': 'text/html; charset=utf-8',
  'x-content-type-options': 'nosniff',
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230f766e'/%3E%3Cpath d='M4 5h8M4 8h8M4 11h8' stroke='white' stroke-width='1.5' stroke-linecap='round'/%3E%3C/svg%3E"

/**
 * Renders a whole page.
 *
 * @param {{framework: string, hostname: string, sites: {framework: string, port: number}[]}} at the server of the page
 * @param {{title: string, body: object}} content
 */
export function layout({ framework, hostname, sites }, { title, body }) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${framework}</title>
<link rel="icon" href="${ICON}">
${styleElement}
</head>
<body>
<header>
  <p class="brand"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 5h8M4 8h8M4 11h8"/></svg> Sessionbank</p>
  <nav aria-label="Servers">
    <ul>
      ${sites.map(
        (site) => html`<li><a href="http://${hostname}:${site.port}/"${
          site.framework === framework && html` aria-current="page"`
        }>${site.framework} <small>${site.port}</small></a></li>
      `,
      )}
    </ul>
  </nav>
</header>
<main>
${body}
</main>
<footer>
  <p>Express, Koa and Fastify keep their sessions in one bank. Log in on one, and the others know you. Stop all three,
  start them again, and you are still logged in.</p>
</footer>
</body>
</html>
`.toString()
}
