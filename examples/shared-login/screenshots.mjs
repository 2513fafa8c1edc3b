// Takes the README's pictures of the demo, into docs/images. Run it when the page has changed.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedChromium, launch, logIn, newPage } from './browser-pages.mjs'
import { Demo, killAll } from './smoke-demo.mjs'
import { loggedIn, PHONE } from './smoke-forms.mjs'

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const MINUTE = 60_000
const DESKTOP =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
/** A module that moves the clock of a process by CLOCK ms. */
const CLOCK = `data:text/javascript,${encodeURIComponent(`
  const Real = Date, ms = Number(process.env.CLOCK)
  globalThis.Date = class extends Real {
    constructor(...args) { if (args.length === 0) super(Real.now() + ms); else super(...args) }
    static now() { return Real.now() + ms }
  }`)}`

const folder = await mkdtemp(join(tmpdir(), 'sessionbank-screenshots-'))
const browser = await launch(installedChromium())
try {
  await mkdir(IMAGES, { recursive: true })
  const phone = await at(-3 * 1440 * MINUTE, ([, koa]) => loggedIn(koa, 'Ann', PHONE))
  await at(-150 * MINUTE, ([, , fastify]) => loggedIn(fastify, 'Ann'))
  await at(-12 * MINUTE, ([, koa]) => phone.call('GET', `${koa}/me`))
  await at(0, async ([express]) => {
    const desktop = { userAgent: DESKTOP, viewport: { width: 840, height: 700 } }
    const page = await newPage(browser, desktop)
    await logIn(page, express, 'Ann')
    await page.getByRole('button', { name: 'Send two at once' }).click()
    await page.screenshot({ path: `${IMAGES}devices-light.png`, fullPage: true })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.getByRole('button', { name: 'Log out during a request' }).click()
    await page.screenshot({ path: `${IMAGES}devices-dark.png`, fullPage: true })
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 375, height: 780 })
    await page.goto(express)
    await page.screenshot({ path: `${IMAGES}devices-narrow.png` })
  })
} finally {
  await browser.close()
  killAll()
  await rm(folder, { recursive: true, force: true })
}

/** Runs the demo with its clock moved by `ms`. The logins stay in the bank. */
async function at(ms, act) {
  const env = {
    CLOCK: String(ms),
    NODE_OPTIONS: `--import=${CLOCK}`,
    SESSIONBANK_URL: `disk:${join(folder, 'bank')}`,
    SESSIONBANK_SECRET: 'a secret for the screenshots alone, of 32 characters or more',
  }
  const demo = await Demo.started(env, folder)
  const result = await act(demo.urls)
  await demo.end('SIGINT')
  return result
}
