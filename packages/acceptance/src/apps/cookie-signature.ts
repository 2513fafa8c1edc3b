import { createHmac } from 'node:crypto'

/** As express-session and @fastify/session sign a cookie's value. */
export function signed(value: string, secret: string | string[]): string {
  return `${value}.${hmac('sha256', value, secret).replace(/=+$/, '')}`
}

/** As Koa signs a cookie, in a second one. */
export function koaSignature(name: string, value: string, secret: string | string[]): string {
  return hmac('sha1', `${name}=${value}`, secret).replace(/[+/=]/g, (char) => ({ '+': '-', '/': '_' })[char] ?? '')
}

function hmac(algorithm: string, value: string, secret: string | string[]): string {
  const [first] = [secret].flat() as [string]
  return createHmac(algorithm, first).update(value).digest('base64')
}
