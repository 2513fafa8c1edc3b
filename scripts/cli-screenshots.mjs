// Takes the pictures of the command line for packages/cli/README.md and docs/cli.md, into docs/images. Run it when the
// output of a command has changed, on a machine with Chromium, `script` (of util-linux) and redis-server, whose port must
// be free.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { installedChromium, launch, newPage } from '../examples/shared-login/browser-pages.mjs'

const { openDatabank } = createRequire(resolve('packages/cli/package.json'))('@sessionbank/session-core')

const DAY = 86_400_000
const WEEK = 7 * DAY
const COLUMNS = 98
const PROGRAM = resolve('packages/cli/bin/sessionbank.js')
const REDIS_PORT = 6379
/** The command of each picture, and for a progress bar the percentage to show. */
const PICTURES = [
  { name: 'stats', args: 'stats disk:./sessions' },
  { name: 'list', args: 'list disk:./sessions --where user.id=7' },
  { name: 'check', args: 'check redis://localhost' },
  { name: 'copy', args: 'copy disk:./many redis://localhost', percent: 62 },
  { name: 'copied', args: 'copy disk:./many redis://localhost --final' },
]
const LOOKS = {
  light: {
    back: '#ffffff',
    text: '#1f2328',
    frame: '#d0d7de',
    bar: '#f6f8fa',
    dim: '#656d76',
    green: '#1a7f37',
    red: '#cf222e',
  },
  dark: {
    back: '#0d1117',
    text: '#e6edf3',
    frame: '#30363d',
    bar: '#161b22',
    dim: '#8b949e',
    green: '#3fb950',
    red: '#f85149',
  },
}

/** The escape sequences that picocolors writes. */
const CLASSES = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green' }

const folder = mkdtempSync(join(tmpdir(), 'sessionbank-cli-screenshots-'))
const redis = spawn('redis-server', ['--port', REDIS_PORT, '--bind', '127.0.0.1', '--save', '', '--dir', folder])
const browser = await launch(installedChromium())
try {
  if (!(await Promise.race([once(redis.stdout, 'data'), once(redis, 'exit').then(() => null)]))) {
    throw new Error(`redis-server does not start on port ${REDIS_PORT}: free the port`)
  }
  await fill('sessions', 48_210)
  await fill('many', 240_000)
  for (const { name, args, percent } of PICTURES) {
    const output = lastOf(run(args), percent)
    for (const [look, colors] of Object.entries(LOOKS))
      await photograph(`cli-${name}-${look}.png`, args, output, colors)
  }
} finally {
  await browser.close()
  redis.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** Creates a bank with sessions of the last weeks. */
async function fill(name, count) {
  const bank = await openDatabank(`disk:${join(folder, name)}`)
  const records = bank.records('session')
  for (let done = 0; done < count; done += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, count - done) }, (_, n) => sessionOf(done + n))
    await Promise.all(
      batch.map(({ sid, expires, ...session }) => records.write(sid, JSON.stringify({ ...session, sid }), { expires })),
    )
  }
  await bank.disconnect()
}

/** Returns the nth session. Old ones were used recently, because they would have expired otherwise. */
function sessionOf(n) {
  const share = Number.parseInt(digest(n).slice(0, 8), 16) / 2 ** 32
  const age = 40 * DAY * share ** 2.5
  const used = Math.min(age, WEEK * ((share * 1_000) % 1) * 0.97)
  const created = Date.now() - age
  const expires = Date.now() - used + WEEK
  const cookie = { originalMaxAge: WEEK, expires: new Date(expires), httpOnly: true, path: '/', sameSite: 'lax' }
  const cart = Array.from({ length: n % 5 }, (_, item) => ({
    item: digest(n + item).slice(0, 12),
    count: 1 + (item % 3),
  }))
  return { sid: digest(n), expires, cookie, user: { id: n % 9_700 }, cart, _bank: { created: Math.round(created) } }
}

function digest(n) {
  return createHash('sha256').update(String(n)).digest('hex')
}

/** Returns the output of a command on a terminal. */
function run(args) {
  const command = `stty cols ${COLUMNS} rows 40; '${process.execPath}' '${PROGRAM}' ${args}`
  const { NO_COLOR: _, ...env } = process.env
  return execFileSync('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...env, TERM: 'xterm-256color' },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
}

/** Returns the final screen, or the one at that percentage of a progress bar. */
function lastOf(output, percent) {
  const frames = output.split('\r\u001b[K')
  const isFar = (frame) => Number(/(\d+) %/.exec(frame)?.[1] ?? 0) >= percent
  const end = percent === undefined ? frames.length : frames.findIndex(isFar) + 1
  if (end === 0) throw new Error(`no bar of ${percent} % was drawn: there are too few sessions for this machine`)
  return frames
    .slice(0, end)
    .reduce((screen, frame) => screen.slice(0, screen.lastIndexOf('\n') + 1) + frame)
    .replaceAll('\r\n', '\n')
    .trimEnd()
}

async function photograph(file, args, output, colors) {
  const page = await newPage(browser, { deviceScaleFactor: 2, viewport: { width: 960, height: 700 } })
  await page.setContent(html(args, output, colors))
  await page.locator('main').screenshot({ path: join('docs/images', file), omitBackground: true })
  await page.context().close()
}

function html(args, output, { back, text, frame, bar, dim, green, red }) {
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; background: transparent }
    main { display: inline-block; margin: 0; border: 1px solid ${frame}; border-radius: 8px; overflow: hidden; background: ${back} }
    header { padding: 9px 12px; background: ${bar}; border-bottom: 1px solid ${frame}; display: flex; gap: 7px }
    header i { width: 11px; height: 11px; border-radius: 50%; background: ${frame} }
    pre { margin: 0; padding: 14px 18px 16px; width: ${COLUMNS}ch; color: ${text}; font: 14px/1.45 'DejaVu Sans Mono', monospace; white-space: pre-wrap }
    .bold { font-weight: bold } .dim { color: ${dim} } .green { color: ${green} } .red { color: ${red} }
  </style><main><header><i></i><i></i><i></i></header><pre><span class="dim">$</span> npx @sessionbank/cli ${escaped(args)}\n${colored(output)}</pre></main>`
}

/** Converts picocolors' escape sequences to HTML. Each begins a colour or ends the last one. */
function colored(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches escape sequences
  return escaped(text).replace(/\u001b\[(\d+)m/g, (_, code) =>
    CLASSES[code] ? `<span class="${CLASSES[code]}">` : '</span>',
  )
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
