import { deepStrictEqual as equal } from 'node:assert'
import { accessSync, constants } from 'node:fs'
import axe from 'axe-core'
import { chromium } from 'playwright-core'

/** Paths of Chromium in Linux distributions. CHROMIUM sets another path. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser']
/** Timeout of one step, in ms, long enough for a busy machine. */
const PATIENCE = 60_000

/** Returns the path of Chromium, or null if it is not installed. */
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
  // CI runs as root, for whom there is no sandbox, and in containers, where /dev/shm is small.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** Opens a page with its own cookies. */
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

/** Returns the row of a device in the list. */
export function deviceNamed(page, name) {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
}

/** The looks to check: each colour scheme and each width once. */
const LOOKS = [
  { colorScheme: 'light', width: 1000 },
  { colorScheme: 'dark', width: 375 },
]

/**
 * Fails if axe-core finds a problem, or the page scrolls sideways, in any of the looks.
 *
 * @param {string} state the state of the page, for the message
 */
export async function assertUsable(page, state) {
  // Evaluated, because the page's Content-Security-Policy would block a script.
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
