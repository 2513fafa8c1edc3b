import { deepStrictEqual as equal, ok } from 'node:assert'
import { check } from './smoke-checks.mjs'
import { Client } from './smoke-client.mjs'
import { HTML, has, isLoggedIn, loggedIn, logoutsIn, PHONE, pageOf, submit } from './smoke-forms.mjs'

/** The routes that require a login. */
const MEMBERS = [
  ['GET', '/me'],
  ['POST', '/visit'],
  ['POST', '/devices/AAAAAAAAAAAAAAAAAAAAAA/logout'],
  ['POST', '/devices/logout-others'],
  ['POST', '/try/two-requests'],
  ['POST', '/try/late-request'],
]

/** Checks the account page as used by browsers without scripts. */
export async function checkAccount({ urls }) {
  await check('a user with many devices sees those used last', () => manyDevices(urls[0]))
  const { length } = urls
  for (const [index, on] of urls.entries()) {
    const others = [1, 2].map((step) => urls[(index + step) % length])
    const name = ['Express', 'Koa', 'Fastify'][index]
    await check(`${name}: the page describes each device, the current one first`, () => namesDevices(on, others))
    await check(`${name}: a browser logs out another one, and sees the notice once`, () => endsOne(on, others))
    await check(`${name}: a browser logs out all others of its user, but no other user`, () => endsOthers(on, others))
    await check(`${name}: a handle of another user is 404, and ends nothing`, () => foreignHandle(on, others))
    await check(`${name}: an invalid handle is 404`, () => badHandles(on))
    await check(`${name}: a request from a page of another origin is 403, and does nothing`, () => forgedRequests(on))
    await check(`${name}: no page and no response contains a session id`, () => showsNoId(on, others))
    await check(`${name}: no route shows a browser JSON`, () => showsNoJson(on))
    await check(`${name}: each route that requires a login is 401 without one`, () => membersOnly(on))
    await check(`${name}: two concurrent requests both count`, () => twoRequests(on))
    await check(`${name}: a slow request does not undo a logout`, () => lateRequest(on))
  }
}

async function manyDevices(on) {
  const client = await loggedIn(on, 'Many')
  for (let device = 1; device <= 24; device++) await loggedIn(on, 'Many', PHONE)
  const page = await pageOf(client, on)
  equal(logoutsIn(page).length, 19)
  has(page, /And 5 more that were used before these\./)
  await submit(client, on, '/devices/logout-others')
  has(await pageOf(client, on), /24 other devices are logged out\./)
}

async function namesDevices(on, [second, third]) {
  const user = `Names ${on}`
  const client = await loggedIn(on, user)
  await loggedIn(second, user, PHONE)
  await loggedIn(third, user, 'curl/8.5.0')
  await loggedIn(third, user, '<b>&"')
  const page = await pageOf(client, on)
  const names = Array.from(page.matchAll(/<h2 id="name-[\w-]+"><span>([^<]*)</g), ([, name]) => name)
  equal(names[0], 'Firefox on Linux')
  equal(names.slice(1).sort(), ['Safari on iPhone', 'Unknown browser', 'curl'])
  equal(page.match(/>This one</g)?.length, 1)
  equal(page.match(/action="\/logout"/g)?.length, 1)
  equal(logoutsIn(page).length, 3)
  has(page, /Logged in on (Express|Koa|Fastify) <time datetime="[^"]+" title="[^"]+">just now<\/time> · active now/)
}

async function endsOne(on, [second]) {
  const user = `One ${on}`
  const [client, phone] = [await loggedIn(on, user), await loggedIn(second, user, PHONE)]
  const [logout] = logoutsIn(await pageOf(client, on))
  const sent = await submit(client, on, logout)
  equal([sent.status, sent.headers.get('location')], [303, '/#done'])
  equal([await isLoggedIn(client, on), await isLoggedIn(phone, second)], [true, false])
  has(await pageOf(client, on), /id="done"[^>]*>Safari on iPhone is logged out\./)
  ok(!(await pageOf(client, on)).includes('id="done"'))
  equal((await submit(client, on, logout)).status, 404)
}

async function endsOthers(on, [second, third]) {
  const user = `Others ${on}`
  const client = await loggedIn(on, user)
  const ended = [await loggedIn(second, user), await loggedIn(third, user), await loggedIn(on, user)]
  const stranger = await loggedIn(second, `${user}!`)
  equal((await submit(client, on, '/devices/logout-others')).status, 303)
  has(await pageOf(client, on), /3 other devices are logged out\./)
  for (const one of ended) equal(await isLoggedIn(one, third), false)
  equal([await isLoggedIn(client, on), await isLoggedIn(stranger, on)], [true, true])
}

async function foreignHandle(on, [second]) {
  const [ann, bob] = [await loggedIn(on, `Ann ${on}`), await loggedIn(second, `Bob ${on}`)]
  await loggedIn(second, `Bob ${on}`)
  for (const logout of logoutsIn(await pageOf(bob, second))) {
    equal((await submit(ann, on, logout)).status, 404)
    equal((await ann.call('POST', `${on}${logout}`)).status, 404)
  }
  equal(logoutsIn(await pageOf(bob, second)).length, 1)
  equal(await isLoggedIn(bob, on), true)
}

async function badHandles(on) {
  const client = await loggedIn(on, `Bad handles ${on}`)
  const bad = ['x', '%00', '..%2f..', '%F0%9F%8D%AA', 'x'.repeat(100), '__proto__', 'h1:abc', '*']
  for (const handle of bad)
    equal([handle, (await submit(client, on, `/devices/${handle}/logout`)).status], [handle, 404])
  equal(await isLoggedIn(client, on), true)
}

async function forgedRequests(on) {
  const user = `Forged ${on}`
  const [client, other] = [await loggedIn(on, user), await loggedIn(on, user, PHONE)]
  const [logout] = logoutsIn(await pageOf(client, on))
  const port = Number(new URL(on).port)
  const forged = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: `http://127.0.0.1:${port + 1}` },
    { 'sec-fetch-site': 'cross-site', origin: on },
    { 'sec-fetch-site': undefined, origin: 'https://evil.example' },
    { 'sec-fetch-site': undefined, origin: 'null' },
    { 'sec-fetch-site': undefined, origin: '' },
    { 'sec-fetch-site': undefined, origin: `http://127.0.0.1:${port}0` },
  ]
  const paths = [
    logout,
    '/devices/logout-others',
    '/logout',
    '/login',
    '/visit',
    '/try/two-requests',
    '/try/late-request',
  ]
  for (const headers of forged) {
    for (const path of paths)
      equal([path, headers, (await submit(client, on, path, headers)).status], [path, headers, 403])
  }
  equal([await isLoggedIn(client, on), await isLoggedIn(other, on)], [true, true])
  equal((await client.json('GET', `${on}/me`)).visits.all, 0)
  equal((await submit(client, on, logout, { 'sec-fetch-site': undefined })).status, 303)
}

async function showsNoId(on, [second]) {
  const user = `Ids ${on}`
  const clients = [await loggedIn(on, user), await loggedIn(second, user)]
  const ids = clients.map((client) => decodeURIComponent(client.cookie('sid')).replace(/^s:|\..*$/g, ''))
  const shown = [await pageOf(clients[0], on), JSON.stringify(await clients[0].json('GET', `${on}/me`))]
  for (const path of ['/try/two-requests', '/try/late-request', ...logoutsIn(shown[0])]) {
    shown.push(await (await submit(clients[0], on, path)).text(), await pageOf(clients[0], on))
  }
  for (const id of ids) {
    ok(id.length >= 32)
    for (const text of shown) ok(!text.includes(id))
  }
}

async function showsNoJson(on) {
  const visitors = [() => new Client(), () => loggedIn(on, `JSON ${on}`)]
  const routes = [
    ['GET', '/'],
    ...MEMBERS,
    ['GET', '/login'],
    ['GET', '/nothing'],
    ['GET', '/%zz'],
    ['POST', '/devices/%zz/logout'],
    ['POST', `/devices/${'x'.repeat(4_000)}/logout`],
    ['POST', '/nothing'],
    ['POST', '/login'],
    ['POST', '/logout'],
  ]
  for (const visitor of visitors) {
    const client = await visitor()
    for (const [method, path] of routes) {
      const answer =
        method === 'GET' ? await client.call(method, `${on}${path}`, { headers: HTML }) : await submit(client, on, path)
      if (answer.status === 303) continue
      has(answer.headers.get('content-type') ?? '', /^text\/html/)
      has(await answer.text(), /^<!doctype html>/)
      has(answer.headers.get('content-security-policy'), /default-src 'none'/)
      equal(answer.headers.get('cache-control'), 'no-store')
    }
  }
}

async function membersOnly(on) {
  for (const [method, path] of MEMBERS) {
    const client = new Client()
    const answer = await client.call(method, `${on}${path}`)
    equal([path, answer.status, typeof (await answer.json()).error], [path, 401, 'string'])
  }
}

async function twoRequests(on) {
  const client = await loggedIn(on, `Two ${on}`)
  for (let round = 1; round <= 10; round++) {
    equal((await submit(client, on, '/try/two-requests')).status, 303)
    has(await pageOf(client, on), new RegExp(`Both counts survived:</strong> \\w+ ${round - 1}\\s→\\s${round}, \\w+ `))
    equal((await client.json('GET', `${on}/me`)).visits.all, 2 * round)
  }
}

async function lateRequest(on) {
  const client = await loggedIn(on, `Late ${on}`)
  equal((await submit(client, on, '/try/late-request')).status, 303)
  const page = await pageOf(client, on)
  has(page, /It stays out, on all three servers\./)
  equal(logoutsIn(page), [])
  equal((await client.json('GET', `${on}/me`)).visits.all, 0)
}
