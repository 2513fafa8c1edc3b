import { html } from './html.mjs'

export function problemPage(message) {
  const body = html`
<h1>That did not work</h1>
<p class="notice bad" role="alert">${message}</p>
<p><a href="/">Back to your devices</a></p>`
  return { title: 'That did not work', body }
}
