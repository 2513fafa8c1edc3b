import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa, { type Context } from 'koa'
import { DatabankStore, openDatabank, type StoreOptions } from '../src/index.ts'

export const HOUR = 3_600_000

export interface CookieContext extends Context {
  sessionOptions: Record<string, unknown>
}

/** Returns a real context of Koa for a request with these cookies, with koa-session's options. */
export function contextWith(cookies = '', sessionOptions: Record<string, unknown> = {}): CookieContext {
  const request = new IncomingMessage(new Socket())
  request.headers.cookie = cookies
  return Object.assign(new Koa().createContext(request, new ServerResponse(request)), {
    sessionOptions,
  }) as CookieContext
}

/** Returns the only cookie that a response sets. */
export function cookieSetBy(ctx: Context): { name: string; value: string; attributes: string[] } {
  const [line, ...others] = ctx.response.get('set-cookie') as unknown as string[]
  if (line === undefined || others.length > 0) throw new Error('the response sets one cookie')
  const [pair = '', ...attributes] = line.split('; ')
  const [name = '', value = ''] = pair.split('=')
  return { name, value, attributes: attributes.map((text) => text.toLowerCase()) }
}

export async function openStore(options: StoreOptions = {}) {
  const bank = await openDatabank('memory:', { schema: DatabankStore.schema })
  const store = new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0, ...options })
  const read = (sid: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      bank.read<Record<string, unknown>>('session', sid, (error, value) => (error ? reject(error) : resolve(value)))
    })
  return { store, read }
}
