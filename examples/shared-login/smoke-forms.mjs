// Follows links and sends forms like a browser without scripts.
import { deepStrictEqual as equal, ok } from 'node:assert'
import { Client } from './smoke-client.mjs'

/** The `Accept` header of a browser. */
export const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
export const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1'
const LOGOUTS = /action="(\/devices\/[\w-]{22}\/logout)"/g
/** Returns a browser that has logged in. */
export async function loggedIn(on, user, agent = FIREFOX) {
  const client = new Client()
  const headers = { ...HTML, 'user-agent': agent }
  equal((await client.call('POST', `${on}/login`, { headers, body: new URLSearchParams({ user }) })).status, 303)
  return client
}

export async function pageOf(client, on, path = '/') {
  return (await client.call('GET', `${on}${path}`, { headers: HTML })).text()
}

/** Sends a form like a browser. */
export function submit(client, on, path, headers = {}) {
  const own = { ...HTML, origin: on, 'sec-fetch-site': 'same-origin', ...headers }
  const sent = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return client.call('POST', `${on}${path}`, { headers: sent, body: new URLSearchParams() })
}

export async function isLoggedIn(client, on) {
  return (await client.call('GET', `${on}/me`)).status === 200
}

/** Returns the actions of the forms on a page that log out other devices. */
export function logoutsIn(page) {
  return Array.from(page.matchAll(LOGOUTS), ([, path]) => path)
}

export function has(text, pattern) {
  ok(pattern.test(text), `${pattern} is not in the answer`)
}
