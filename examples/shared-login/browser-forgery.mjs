import { once } from 'node:events'
import { createServer } from 'node:http'

/** Leads a browser to a page of another port of the same host, which sends a form to `url` by itself. */
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
