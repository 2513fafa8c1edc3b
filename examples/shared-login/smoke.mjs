// Starts the demo as a user would, and tests it over HTTP.
import { deepStrictEqual as equal } from 'node:assert'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretFrom } from './secret.mjs'
import { checkAccount } from './smoke-account.mjs'
import { check, runChecks } from './smoke-checks.mjs'
import { Client, request } from './smoke-client.mjs'
import { Demo, killAll } from './smoke-demo.mjs'
import { checkWords } from './smoke-words.mjs'

/** Timeout of all checks, in ms. */
const LIMIT = 120_000
const FRAMEWORKS = ['Express', 'Koa', 'Fastify']

const folder = await mkdtemp(join(tmpdir(), 'sessionbank-smoke-'))
const env = {
  HOST: '127.0.0.1',
  PORT: '0',
  // Uses a new bank, unless an existing database is to be tested.
  SESSIONBANK_URL: process.env.SESSIONBANK_URL ?? `disk:${join(folder, 'bank')}`,
  SESSIONBANK_SECRET: 'a secret for the smoke test alone, of 32 characters or more',
}
await runChecks(
  LIMIT,
  async () => {
    await checkWords()
    const demo = await Demo.started(env, folder)
    await checkAll(demo)
    await checkAccount(demo)
    await check('Ctrl-C ends all three servers with 0, even with open connections', () => endsCleanly(demo))
    await check('a login survives a restart', restartKeepsALogin)
    await check('a used port is reported in one clear line', portInUse)
    await check('a bank that cannot be opened is reported in one clear line', noSuchBank)
    await check('only the owner can read the file of the secret', secretIsKept)
  },
  async () => {
    killAll()
    await rm(folder, { recursive: true, force: true })
  },
)

async function checkAll({ urls }) {
  for (const [index, framework] of FRAMEWORKS.entries()) {
    const on = urls[index]
    await check(`${framework}: a login is known to all servers, visits add up, a logout ends it on all`, () =>
      login(urls, on),
    )
    await check(`${framework}: a login gets a new session id, and the old one is useless`, () => newId(urls, on))
    await check(`${framework}: an invalid login is rejected with 400`, () => badInput(on))
    await check(`${framework}: a form without scripts returns to the page`, () => plainForm(on, framework))
    await check(`${framework}: scripts and other sites cannot use the cookie`, () => cookieIsSafe(on))
  }
  await check('concurrent visits on all three servers all count', () => manyVisits(urls))
  await check('a logout is final during concurrent visits', () => finalLogout(urls))
}

async function login(urls, on) {
  const client = new Client()
  for (const url of urls) equal((await client.call('GET', `${url}/me`)).status, 401)
  const framework = FRAMEWORKS[urls.indexOf(on)]
  equal(await client.json('POST', `${on}/login`, { user: 'Ann' }), { user: 'Ann', framework })
  for (const [index, url] of urls.entries()) {
    equal(await client.json('POST', `${url}/visit`), { user: 'Ann', visits: index + 1, framework: FRAMEWORKS[index] })
  }
  const kept = client.copy()
  equal((await client.call('POST', `${on}/logout`)).status, 200)
  for (const url of urls) {
    equal((await client.call('GET', `${url}/me`)).status, 401)
    equal((await kept.copy().call('GET', `${url}/me`)).status, 401)
  }
}

async function newId(urls, on) {
  const client = new Client()
  await client.json('POST', `${urls[0]}/login`, { user: 'Ann' })
  const before = client.copy()
  await client.json('POST', `${on}/login`, { user: 'Bob' })
  for (const url of urls) {
    equal((await before.copy().call('GET', `${url}/me`)).status, 401)
    equal((await client.json('GET', `${url}/me`)).user, 'Bob')
  }
}

async function badInput(on) {
  const bodies = ['{}', '{"user":""}', '{"user":"  "}', '{"user":7}', '{"user":["a"]}', '[]', 'null', '{"user":', '']
  bodies.push(JSON.stringify({ user: 'x'.repeat(101) }))
  for (const body of bodies) {
    const response = await request('POST', `${on}/login`, { body, headers: { 'content-type': 'application/json' } })
    equal([body, response.status], [body, 400])
    equal(typeof (await response.json()).error, 'string')
  }
  const form = await request('POST', `${on}/login`, { body: new URLSearchParams({ user: '' }) })
  equal(form.status, 400)
}

async function plainForm(on, framework) {
  const client = new Client()
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  const body = new URLSearchParams({ user: '<b>Ann & co</b>' })
  const sent = await client.call('POST', `${on}/login`, { headers, body })
  equal([sent.status, sent.headers.get('location')], [303, '/'])
  const page = await (await client.call('GET', `${on}/`, { headers })).text()
  equal(page.includes('<strong>&lt;b&gt;Ann &amp; co&lt;/b&gt;</strong>') && !page.includes('<b>Ann'), true)
  equal(page.includes(`aria-current="page">${framework} `), true)
  const out = await client.call('POST', `${on}/logout`, { headers })
  equal([out.status, out.headers.get('location')], [303, '/'])
}

async function cookieIsSafe(on) {
  const response = await request('POST', `${on}/login`, { body: new URLSearchParams({ user: 'Ann' }) })
  const [cookie] = response.headers.getSetCookie()
  equal(/; *httponly/i.test(cookie) && /; *samesite=lax/i.test(cookie), true)
}

async function manyVisits(urls) {
  const client = new Client()
  await client.json('POST', `${urls[0]}/login`, { user: 'Ann' })
  await Promise.all(Array.from({ length: 30 }, (_, n) => client.json('POST', `${urls[n % urls.length]}/visit`)))
  equal((await client.json('GET', `${urls[0]}/me`)).visits.all, 30)
}

async function finalLogout(urls) {
  for (const on of urls) {
    const client = new Client()
    await client.json('POST', `${on}/login`, { user: 'Ann' })
    const kept = client.copy()
    const running = Array.from({ length: 15 }, (_, n) => kept.copy().call('POST', `${urls[n % urls.length]}/visit`))
    await client.call('POST', `${on}/logout`)
    await Promise.all(running)
    for (const url of urls) equal((await kept.copy().call('GET', `${url}/me`)).status, 401)
  }
}

async function endsCleanly(demo) {
  const sockets = demo.urls.map((url) => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {}))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  equal(await demo.end('SIGINT'), { code: 0, errors: '' })
}

async function restartKeepsALogin() {
  const client = new Client()
  const before = await Demo.started(env, folder)
  await client.json('POST', `${before.urls[1]}/login`, { user: 'Ann' })
  await client.json('POST', `${before.urls[1]}/visit`)
  equal(await before.end('SIGTERM'), { code: 0, errors: '' })
  const after = await Demo.started(env, folder)
  for (const [index, url] of after.urls.entries()) {
    equal(await client.json('POST', `${url}/visit`), { user: 'Ann', visits: index + 2, framework: FRAMEWORKS[index] })
  }
  equal((await after.end('SIGINT')).code, 0)
}

async function portInUse() {
  const first = await Demo.started(env, folder)
  const { port } = new URL(first.urls[2])
  const { code, errors } = await new Demo({ ...env, PORT: String(Number(port) - 2) }, folder).end()
  equal([code, errors.trim().split('\n').length], [1, 1])
  equal(/port \d+ is in use/.test(errors), true)
  await first.end('SIGINT')
}

async function noSuchBank() {
  const file = join(folder, 'a-file')
  await writeFile(file, '')
  for (const url of ['nonsense', `disk:${join(file, 'bank')}`]) {
    const { code, errors } = await new Demo({ ...env, SESSIONBANK_URL: url }, folder).end()
    equal([code, errors.trim().split('\n').length], [1, 1])
  }
}

async function secretIsKept() {
  const file = join(folder, 'new', 'secret')
  const secret = await secretFrom(undefined, file)
  equal(await secretFrom(undefined, file), secret)
  equal(await readFile(file, 'utf8'), secret)
  if (process.platform !== 'win32') equal((await stat(file)).mode & 0o777, 0o600)
}
