import { deepStrictEqual as equal } from 'node:assert'
import { accessSync, constants } from 'node:fs'
import axe from 'axe-core'
import { chromium } from 'playwright-core'

/** Where Linux distributions install Chromium; CHROMIUM names another place. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser']
/** For one step of a page on the busiest machine, in ms. */
const PATIENCE = 60_000

/** Returns where Chromium is on this machine, or null. */
export function installedChromium() {
  const { CHROMIUM } = process.env
  return (CHROMIUM ? [CHROMIUM] : PLACES).find(isExecutable) ?? null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** @param {string} executablePath */
export function launch(executablePath) {
  // Root, whom CI runs as, gets no sandbox; /dev/shm is small in containers.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** Opens a page of a browser that shares no cookie with others. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(PATIENCE)
  return context.newPage()
}

export async function logIn(page, url, user) {
  await page.goto(url)
  await page.getByLabel('Your name').fill(user)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
}

/** The row of a device in the list. */
export function deviceNamed(page, name) {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
}

/** In what each page is looked at: each colour scheme and each width once. */
const LOOKS = [
  { colorScheme: 'light', width: 1000 },
  { colorScheme: 'dark', width: 375 },
]

/**
 * Fails for anything that axe-core finds, light or dark, wide or as narrow as a phone, and for a page that scrolls sideways.
 *
 * @param {string} state what the page shows, for the message
 */
export async function assertUsable(page, state) {
  // Not as a script of the page, which its Content-Security-Policy would refuse.
  await page.evaluate(axe.source)
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 700 })
    const { violations, overhang } = await page.evaluate(look)
    equal({ state, colorScheme, violations, overhang }, { state, colorScheme, violations: [], overhang: 0 })
  }
}

/** Runs in the page. */
async function look() {
  const { violations } = await globalThis.axe.run()
  return {
    violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    overhang: Math.max(0, document.documentElement.scrollWidth - innerWidth),
  }
}
