import { once } from 'node:events'
import { createServer } from 'node:http'

/** Opens a page on another port of the same host, which submits a form to `url`. */
export async function sendsAForm(page, url) {
  const evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<form method="post" action="${url}"></form><script>document.forms[0].submit()</script>`)
  }).listen(0, '127.0.0.1')
  await once(evil, 'listening')
  try {
    await page.goto(`http://127.0.0.1:${evil.address().port}/`)
    await page.waitForURL(url)
  } finally {
    evil.closeAllConnections()
    evil.close()
  }
}
