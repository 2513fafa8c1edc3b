// Tests the demo in headless Chromium. Skipped if Chromium is not installed.
import { deepStrictEqual as equal, match } from 'node:assert'
import { tmpdir } from 'node:os'
import { sendsAForm } from './browser-forgery.mjs'
import { assertUsable, deviceNamed, installedChromium, launch, logIn, newPage } from './browser-pages.mjs'
import { check, runChecks } from './smoke-checks.mjs'
import { Demo, killAll } from './smoke-demo.mjs'
import { PHONE } from './smoke-forms.mjs'

/** Timeout of all checks, in ms. They take about 10 s on an idle machine. */
const LIMIT = 300_000
const FRAMEWORKS = ['Express', 'Koa', 'Fastify']
const env = {
  HOST: '127.0.0.1',
  PORT: '0',
  SESSIONBANK_URL: 'memory:',
  SESSIONBANK_SECRET: 'a secret for the browser test alone, of 32 characters or more',
}
let browser

const chromium = installedChromium()
if (chromium) await runChecks(LIMIT, checkAll, end)
else console.log('skipped: Chromium is not installed (apt-get install chromium)\n0 passed, 0 failed, 1 skipped')

async function checkAll() {
  const demo = await Demo.started(env, tmpdir())
  browser = await launch(chromium)
  for (const [index, framework] of FRAMEWORKS.entries()) {
    const urls = [0, 1, 2].map((step) => demo.urls[(index + step) % FRAMEWORKS.length])
    await check(`${framework}: a browser logs out another one, without JavaScript`, () => endsAnother(urls))
    await check(`${framework}: the promises can be tried, without JavaScript`, () => triesPromises(urls))
  }
  await check(
    'the keyboard is enough to log in and to log out another browser, and the focus moves to the notice',
    () => keyboard(demo.urls),
  )
  await check('a form on another port of the same host logs out no device', () => forgedForm(demo.urls))
  await check(
    'axe-core finds no problem in any state of the page, light or dark, and no page scrolls sideways at 375 px',
    () => usable(demo.urls),
  )
}

async function end() {
  await browser?.close()
  killAll()
}

async function endsAnother([on, second, third]) {
  const user = `Ann at ${on}`
  const here = await newPage(browser, { javaScriptEnabled: false })
  const phone = await newPage(browser, { javaScriptEnabled: false, userAgent: PHONE })
  await logIn(here, on, user)
  await logIn(phone, second, user)

  await here.goto(on)
  equal(await here.getByRole('heading', { level: 2 }).allInnerTexts(), [
    'Chrome on Linux\nThis one',
    'Safari on iPhone',
    'Two promises, to try',
  ])
  await deviceNamed(here, 'Safari on iPhone').getByRole('button').click()

  await here.getByText('Safari on iPhone is logged out.').waitFor()
  equal(await deviceNamed(here, 'Safari on iPhone').count(), 0)
  await phone.goto(third)
  await phone.getByRole('heading', { name: 'Log in' }).waitFor()
  await here.goto(third)
  await here.getByRole('heading', { name: 'Your devices' }).waitFor()
}

async function triesPromises([on, second]) {
  const page = await newPage(browser, { javaScriptEnabled: false })
  await logIn(page, on, `Bob at ${on}`)
  for (const round of [1, 2]) {
    await page.getByRole('button', { name: 'Send two at once' }).click()
    await page.getByText('Both counts survived').waitFor()
    equal(await page.locator('.counters .total dd').textContent(), String(2 * round))
  }
  await page.getByRole('button', { name: 'Log out during a request' }).click()
  await page.getByText('It stays out, on all three servers.').waitFor()
  await page.reload()
  equal(await page.getByRole('status').count(), 0)
  await page.goto(second)
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
}

async function keyboard([on, second]) {
  const here = await newPage(browser)
  await logIn(await newPage(browser, { userAgent: PHONE }), second, 'Kim')
  await here.goto(on)
  await here.keyboard.type('Kim')
  await here.keyboard.press('Enter')
  await here.getByRole('heading', { name: 'Your devices' }).waitFor()

  await tabTo(here, 'Log out Safari on iPhone')
  await here.keyboard.press('Enter')

  await here.getByText('Safari on iPhone is logged out.').waitFor()
  equal(await here.evaluate(() => document.activeElement.textContent), 'Safari on iPhone is logged out.')
  match(await here.title(), /^Safari on iPhone is logged out\./)
}

/** Presses Tab until an element with this text has a visible focus. */
async function tabTo(page, text) {
  const focused = () => {
    const { textContent, tagName } = document.activeElement
    return {
      text: textContent,
      outline: getComputedStyle(document.activeElement).outlineStyle,
      isBody: tagName === 'BODY',
    }
  }
  await page.waitForLoadState()
  // A page that has just been loaded may ignore the first Tab.
  for (let rounds = 0; ; ) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(focused)
    if (at.isBody) {
      if (++rounds > 2) throw new Error(`no Tab reaches "${text}"`)
      continue
    }
    equal([at.text, at.outline], [at.text, 'solid'])
    if (at.text === text) return
  }
}

async function forgedForm([on, second]) {
  const user = 'Mallory’s victim'
  const victim = await newPage(browser)
  await logIn(victim, on, user)
  await logIn(await newPage(browser, { userAgent: PHONE }), second, user)
  await victim.goto(on)
  const logout = await deviceNamed(victim, 'Safari on iPhone').locator('form').getAttribute('action')

  for (const path of [logout, '/devices/logout-others', '/logout']) {
    await sendsAForm(victim, `${on}${path}`)
    await victim.getByText('This request came from a page of another site').waitFor()
  }
  await victim.goto(on)
  await deviceNamed(victim, 'Safari on iPhone').waitFor()
}

/** Checks every state of the page, with names of the maximum length. */
async function usable([express, koa, fastify]) {
  const user = 'W'.repeat(100)
  const page = await newPage(browser)
  const shows = async (state, heading) => {
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await assertUsable(page, state)
  }
  await page.goto(express)
  await shows('login', 'Log in')
  await page.getByLabel('Your name').fill('  ')
  await page.getByRole('button').click()
  await shows('login refused', 'Log in')
  await logIn(page, koa, user)
  await shows('one device', 'Your devices')
  await logIn(await newPage(browser, { userAgent: 'x'.repeat(500) }), fastify, user)
  await logIn(await newPage(browser, { userAgent: `${'y'.repeat(40)}/1` }), express, user)
  await page.goto(fastify)
  await shows('three devices', 'Your devices')
  await page.getByRole('button', { name: 'Send two at once' }).click()
  await shows('both counts', 'Your devices')
  await page.getByRole('button', { name: 'Log out during a request' }).click()
  await shows('stays out', 'Your devices')
  await deviceNamed(page, 'y'.repeat(40)).getByRole('button').click()
  await shows('a device is logged out', 'Your devices')
  await page.getByRole('button', { name: 'Log out everywhere else' }).click()
  await shows('all others are logged out', 'Your devices')
  await page.goto(`${koa}/nothing`)
  await shows('nothing there', 'That did not work')
}
