import type { Bank } from '../src/index.ts'

/** What a test makes another framework of. */
interface Making {
  /** What the cookie of a loaded session is made of. */
  loaded?: (cookie: object) => object
  /** Where the Session keeps the options of its cookie. */
  options?: string
  /** Whether it has `decryptSession` at all. */
  decrypts?: boolean
}

type Store = {
  get(sid: string, done: (error: unknown, session: { cookie: object } | null) => void): void
  set(sid: string, session: object, done: () => void): void
}

const bank = { read() {}, save() {}, del() {}, scan() {} } as unknown as Bank

/** What a cookie says of itself. */
const whole = (cookie: object) => (cookie as { toJSON(): { expires?: unknown } }).toJSON()

/** Makes a store with a @fastify/session that works a little differently. */
function makeStoreWith({
  loaded = (cookie) => ({ ...whole(cookie) }),
  options = 'cookieOpts',
  decrypts = true,
}: Making) {
  const OPTIONS = Symbol(options)
  class Session {
    cookie: object;
    [key: symbol]: object
    constructor(
      readonly store: Store,
      readonly request: { session?: Session },
      cookie: object,
    ) {
      this.cookie = cookie
      this[OPTIONS] = { ...cookie }
    }
    regenerate(done: () => void) {
      const next = new Session(this.store, this.request, this[OPTIONS] as object)
      this.store.set('new', next, () => {
        this.request.session = next
        done()
      })
    }
    reload(done: () => void) {
      this.request.session = new Session(this.store, this.request, this[OPTIONS] as object)
      done()
    }
  }
  const plugin = (
    instance: { decorate(name: string, value: unknown): void },
    { store }: { store: Store },
    done: () => void,
  ) => {
    if (decrypts) {
      instance.decorate('decryptSession', (sid: string, request: { session?: Session }, answer: () => void) => {
        store.get(sid, (_, session) => {
          request.session = new Session(store, request, loaded(session?.cookie ?? {}))
          answer()
        })
      })
    }
    done()
  }
  jest.doMock('@fastify/session', () => Object.assign(plugin, { default: plugin, fastifySession: plugin }))
  jest.isolateModules(() => {
    const { DatabankStore } = require('../src/store.ts')
    new DatabankStore(bank, { cleanupInterval: false })
  })
}

const loudly = expect.objectContaining({
  name: 'IncompatibleFrameworkError',
  code: 'SESSIONBANK_INCOMPATIBLE_FRAMEWORK',
  message: expect.stringMatching(/@fastify\/session .* version from 11\.1\.2/),
})

describe('the check of the framework at start-up', () => {
  afterEach(() => {
    jest.dontMock('@fastify/session')
    jest.resetModules()
  })

  it('passes with the @fastify/session that is installed', () => {
    jest.isolateModules(() => {
      const { DatabankStore } = require('../src/store.ts')
      expect(new DatabankStore(bank, { cleanupInterval: false })).toBeInstanceOf(DatabankStore)
    })
  })

  it('passes with one that works alike', () => {
    expect(() => makeStoreWith({})).not.toThrow()
  })

  it('fails loudly where the cookie of a loaded session loses its symbols', () => {
    const jsonOnly = (cookie: object) => JSON.parse(JSON.stringify(cookie))
    expect(() => makeStoreWith({ loaded: jsonOnly })).toThrow(loudly)
  })

  it('fails loudly where the cookie is made of known attributes only', () => {
    const known = (cookie: object) => ({ expires: whole(cookie).expires })
    expect(() => makeStoreWith({ loaded: known })).toThrow(loudly)
  })

  it('fails loudly where a session that was made in this request cannot be given its link', () => {
    expect(() => makeStoreWith({ options: 'kept elsewhere' })).toThrow(loudly)
  })

  it('fails loudly where there is no way to load a session as requests do', () => {
    expect(() => makeStoreWith({ decrypts: false })).toThrow(loudly)
  })
})
