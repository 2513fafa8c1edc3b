import type { Bank } from '../src/index.ts'

/** The differences from the real framework. */
interface Making {
  /** Converts the cookie of a loaded session. */
  loaded?: (cookie: object) => object
  /** The property in which the Session keeps the options of its cookie. */
  options?: string
  /** Whether the framework has `decryptSession`. */
  decrypts?: boolean
}

type Store = {
  get(sid: string, done: (error: unknown, session: { cookie: object } | null) => void): void
  set(sid: string, session: object, done: () => void): void
}

const bank = { read() {}, save() {}, del() {}, scan() {} } as unknown as Bank

/** Returns a cookie as the framework reads it. */
const whole = (cookie: object) => (cookie as { toJSON(): { expires?: unknown } }).toJSON()

/** Creates a store with a modified @fastify/session. */
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

  it('passes with the installed @fastify/session', () => {
    jest.isolateModules(() => {
      const { DatabankStore } = require('../src/store.ts')
      expect(new DatabankStore(bank, { cleanupInterval: false })).toBeInstanceOf(DatabankStore)
    })
  })

  it('passes with an equivalent framework', () => {
    expect(() => makeStoreWith({})).not.toThrow()
  })

  it('fails with instructions if the cookie of a loaded session loses its symbols', () => {
    const jsonOnly = (cookie: object) => JSON.parse(JSON.stringify(cookie))
    expect(() => makeStoreWith({ loaded: jsonOnly })).toThrow(loudly)
  })

  it('fails with instructions if only known attributes of a cookie are copied', () => {
    const known = (cookie: object) => ({ expires: whole(cookie).expires })
    expect(() => makeStoreWith({ loaded: known })).toThrow(loudly)
  })

  it('fails with instructions if a new session cannot get its link', () => {
    expect(() => makeStoreWith({ options: 'kept elsewhere' })).toThrow(loudly)
  })

  it('fails with instructions if sessions cannot be loaded as in requests', () => {
    expect(() => makeStoreWith({ decrypts: false })).toThrow(loudly)
  })
})
