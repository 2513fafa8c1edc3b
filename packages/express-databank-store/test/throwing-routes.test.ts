import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

interface Warning {
  warning: string
  detail: string
}

let server: ChildProcess
let url: string

beforeAll(async () => {
  server = fork(join(__dirname, 'throwing-routes.cjs'), [], { execArgv: ['--no-warnings'] })
  const [{ port }] = (await once(server, 'message')) as [{ port: number }]
  url = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  if (server.exitCode === null && server.kill()) await once(server, 'exit')
})

describe.each(['save', 'regenerate', 'reload', 'destroy'])(
  'an error that a callback of req.session.%s throws',
  (method) => {
    it('is reported with its stack, and the server answers the next request', async () => {
      const cookie = await login()
      const warned = once(server, 'message')

      expect(await get(method, cookie)).toEqual([200, 'answered'])
      const [{ warning, detail }] = (await warned) as [Warning]

      expect(warning).toMatch(`thrown after ${method}`)
      expect(detail).toMatch(/at .*throwing-routes\.cjs/)
      expect(await login()).toMatch(/^connect\.sid=/)
    })

    it('may be a text', async () => {
      const cookie = await login()
      const warned = once(server, 'message')

      expect(await get(`${method}-text`, cookie)).toEqual([200, 'answered'])
      const [{ warning }] = (await warned) as [Warning]

      expect(warning).toMatch(`a text after ${method}`)
      expect(await login()).toMatch(/^connect\.sid=/)
    })
  },
)

async function login(): Promise<string> {
  const response = await fetch(`${url}/login`)
  await response.text()
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function get(path: string, cookie: string): Promise<[status: number, body: string]> {
  const response = await fetch(`${url}/${path}`, { headers: { cookie } })
  return [response.status, await response.text()]
}
