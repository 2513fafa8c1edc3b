import { createHmac } from 'node:crypto'

/** Signs a cookie's value like express-session and @fastify/session. */
export function signed(value: string, secret: string | string[]): string {
  return `${value}.${hmac('sha256', value, secret).replace(/=+$/, '')}`
}

/** Returns Koa's signature of a cookie, which is the value of a second cookie. */
export function koaSignature(name: string, value: string, secret: string | string[]): string {
  return hmac('sha1', `${name}=${value}`, secret).replace(/[+/=]/g, (char) => ({ '+': '-', '/': '_' })[char] ?? '')
}

function hmac(algorithm: string, value: string, secret: string | string[]): string {
  const [first] = [secret].flat() as [string]
  return createHmac(algorithm, first).update(value).digest('base64')
}
