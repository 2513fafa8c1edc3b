import { couchbase, mongodb, postgres, redis, type ServerKind } from '@sessionbank/test-servers'
import { type AppFile, blocksOf, filesOf, replaced } from './page.ts'

/** The guide of a bank. Each of its TypeScript blocks opens the bank in another way. */
export interface BankGuide {
  guide: string
  /** Undefined if it needs no server. */
  server?: ServerKind
  /** Returns the guide's code with the URL of a test server. */
  at(url: string, code: string): string
}

export const BANK_GUIDES: readonly BankGuide[] = [
  { guide: 'disk.md', at: (_, code) => code },
  { guide: 'memory.md', at: (_, code) => code },
  { guide: 'redis.md', server: redis, at: otherUrl('redis://localhost:6379') },
  { guide: 'postgres.md', server: postgres, at: otherUrl('postgres://app:secret@localhost/app') },
  { guide: 'mongodb.md', server: mongodb, at: otherUrl('mongodb://localhost/app') },
  { guide: 'couchbase.md', server: couchbase, at: couchbaseAt },
]

/** Returns the apps of a bank's guide: the Express guide's app, once for each way to open the bank. */
export function appsOn({ guide, at }: BankGuide, url: string): AppFile[][] {
  const openings = blocksOf(guide, 'ts').map(({ code }) => at(url, code))
  return openings.map((opening) =>
    filesOf('express.md').map(({ name, code }) => ({
      name,
      code: replaced(code, /^const bank = .*?^}\)\n/ms, opening),
    })),
  )
}

/** Returns a file for each way to open a bank, which creates a store on it. */
export function openings(): AppFile[] {
  return BANK_GUIDES.flatMap(({ guide }) =>
    blocksOf(guide, 'ts').map(({ code }, index) => ({
      name: `${guide.replace(/md$/, String(index))}.mts`,
      code: `${IMPORTS}${code}export const store = new DatabankStore(bank)\n`,
    })),
  )
}

const IMPORTS = "import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'\n"

function otherUrl(shown: string): BankGuide['at'] {
  return (url, code) => replaced(code, shown, url)
}

function couchbaseAt(url: string, code: string): string {
  if (!code.includes('cluster,')) return replaced(code, 'couchbase://app:secret@localhost/sessions', url)
  const { username, password, host, pathname } = new URL(url)
  const withHost = replaced(code, 'couchbase://localhost', `couchbase://${host}`)
  const withLogin = replaced(withHost, "'app', password: 'secret'", `'${username}', password: '${password}'`)
  return replaced(withLogin, "bucket: 'sessions'", `bucket: '${pathname.slice(1)}'`)
}
