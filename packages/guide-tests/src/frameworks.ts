import { type AppFile, blocksOf, filesOf, replaced, rowsOf } from './page.ts'

/** The complete app of a framework's guide. */
export interface FrameworkApp {
  guide: string
  framework: string
  files: readonly AppFile[]
  /** Compiler options in addition to those of all guides. */
  compilerOptions?: object
}

/** The option in the guide, and two options of every project that Nest's CLI creates. */
const NEST = { experimentalDecorators: true, emitDecoratorMetadata: true, isolatedModules: true }

/** The client in the guide to socket.io. Readers try the app with it. */
export const SOCKET_CLIENT = 'client.mts'

export const FRAMEWORK_APPS: readonly FrameworkApp[] = [
  { guide: 'express.md', framework: 'Express', files: filesOf('express.md') },
  { guide: 'koa.md', framework: 'Koa', files: filesOf('koa.md') },
  { guide: 'fastify.md', framework: 'Fastify', files: filesOf('fastify.md') },
  { guide: 'nestjs.md', framework: 'NestJS', files: nestOverExpress(), compilerOptions: NEST },
  { guide: 'nestjs.md', framework: 'NestJS over Fastify', files: nestOverFastify(), compilerOptions: NEST },
  { guide: 'passport.md', framework: 'Passport', files: filesOf('passport.md') },
  { guide: 'socket.io.md', framework: 'Express with socket.io', files: expressWithSockets() },
]

function nestOverExpress(): AppFile[] {
  return filesOf('nestjs.md').filter(({ name }) => name !== 'src/main-fastify.ts')
}

/** Makes the replacements in the table of the guide. */
function nestOverFastify(): AppFile[] {
  const rows = rowsOf('nestjs.md', 'Express', 'Fastify')
  const files = filesOf('nestjs.md').filter(({ name }) => name !== 'src/main.ts')
  for (const [express = ''] of rows) {
    if (!files.some(({ code }) => code.includes(express))) throw new Error(`nestjs.md has no ${express} to replace`)
  }
  return files.map(({ name, code }) => ({
    name,
    code:
      name === 'src/main-fastify.ts'
        ? code
        : rows.reduce((done, [from = '', to = '']) => done.replaceAll(from, to), code),
  }))
}

/** Returns the client in the guide and the files of the app. */
function expressWithSockets(): AppFile[] {
  const isClient = (code: string) => code.startsWith(`// ${SOCKET_CLIENT}\n`)
  const blocks = blocksOf('socket.io.md', 'ts').map(({ code }) => code)
  const client = blocks.filter(isClient).map((code) => ({ name: SOCKET_CLIENT, code }))
  const sockets = blocks.filter((code) => !isClient(code)).join('')
  const app = filesOf('express.md').map(({ name, code }) => {
    const listening = replaced(code, 'app.listen(3000)', 'server.listen(3000)')
    return { name, code: replaced(listening, /^app\.use\(\n {2}session\(.*?^\)\n/ms, sockets) }
  })
  return [...client, ...app]
}
