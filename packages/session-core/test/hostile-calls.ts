import { isScalar, SessionbankError, valueAt } from '@sessionbank/databank-kit'
import { FUZZ_TIMEOUT, fuzzRuns } from '@sessionbank/test-servers'
import * as fc from 'fast-check'
import { Link } from '../src/adapter.ts'
import { type Bank, SessionStore } from '../src/index.ts'
import { anyCriteria, anyId, anyKey, anySession, anyValue, define, made, mustBeKept } from './hostile-values.ts'

type Data = Record<string, unknown>

/** A call of an app or a client. */
type Call =
  | { do: 'save'; id: number; session: unknown }
  | { do: 'put'; id: number; key: string; value: unknown; meanwhile: [key: string, value: unknown] | null }
  | { do: 'update'; id: number; key: string; value: unknown }
  | { do: 'touch' | 'destroy'; id: number; session: unknown }
  | { do: 'find' | 'destroyWhere'; criteria: unknown; except: number }

const id = fc.nat(2)
const aCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('save' as const), id, session: anySession }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      id,
      key: anyKey,
      value: anyValue,
      meanwhile: fc.option(fc.tuple(anyKey, anyValue)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update' as const), id, key: anyKey, value: anyValue }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('touch' as const, 'destroy' as const), id, session: anySession }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('find' as const, 'destroyWhere' as const),
      criteria: anyCriteria,
      except: id,
    }),
  },
)

/** The data of the sessions as an app sees them: as JSON keeps the values. */
class Model {
  readonly #sessions = new Map<unknown, Data>()

  get(id: unknown): Data | null {
    return this.#sessions.get(id) ?? null
  }

  /** Records what a save kept, or checks that there was a reason to refuse the save. */
  saved(id: unknown, data: Data | null, error: unknown, isCookieSound = true): void {
    if (error === null) {
      expect([id, data === null]).toEqual([expect.any(String), false])
      this.#sessions.set(id, data as Data)
    } else {
      expect(error).toBeInstanceOf(SessionbankError)
      expect([error, data !== null && isCookieSound && mustBeKept(id)]).toEqual([error, false])
    }
  }

  delete(id: unknown): void {
    this.#sessions.delete(id)
  }

  ids(): unknown[] {
    return [...this.#sessions.keys()]
  }

  matching(criteria: Data): unknown[] {
    const fields = Object.entries(criteria)
    return this.ids().filter((id) =>
      fields.every(([path, value]) => valueAt({ sid: id, ...this.get(id) }, path) === value),
    )
  }
}

/** Part of the text of the odd value with 3,000 levels, and of no other. */
const TOO_DEEP = '[{"a":'.repeat(1_001)

/** Returns a session without its cookie as JSON keeps it; null if JSON cannot hold it. */
function kept(session: unknown): Data | null {
  try {
    const { cookie: _, ...data } = session as Data
    if (typeof data.toJSON === 'function') delete data.toJSON
    if (Array.isArray(session) || typeof session !== 'object' || '_bank' in data) return null
    const text = JSON.stringify(data)
    return text.includes(TOO_DEEP) ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** Returns whether JSON can hold the cookie too. The store may leave out attributes that JSON cannot hold. */
function hasSoundCookie(session: unknown): boolean {
  try {
    return !JSON.stringify((session as { cookie?: unknown }).cookie)?.includes(TOO_DEEP)
  } catch {
    return false
  }
}

/**
 * Returns the keys of a session with the texts of their values, because Jest ignores a key named __proto__ and fails on
 * deep values.
 */
function textsOf(session: Data | null): string[] | undefined {
  if (session === null) return undefined
  const own = Object.keys(session).filter((key) => key !== 'cookie')
  return own.sort().map((key) => `${key}: ${JSON.stringify(session[key])}`)
}

/** Returns the error that a call rejects with or throws; null if there is none. */
async function errorOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call()
    return null
  } catch (error) {
    return error ?? 'nothing was thrown'
  }
}

/** Makes calls to a store, and compares each result with the model. */
class Play {
  readonly #store: SessionStore
  readonly #ids: readonly unknown[]
  readonly #model = new Model()

  constructor(store: SessionStore, ids: readonly unknown[]) {
    this.#store = store
    this.#ids = ids
  }

  async run(calls: readonly Call[]): Promise<void> {
    for (const call of calls) {
      await this.#play(call)
      for (const id of this.#ids) {
        expect([id, textsOf(await this.#store.load(id as string))]).toEqual([id, textsOf(this.#model.get(id))])
      }
    }
    const listed = await this.#store.all()
    expect(listed.length).toBe(this.#model.ids().length)
    expect(await this.#store.length()).toBe(listed.length)
    await this.#store.clear()
  }

  async #play(call: Call): Promise<void> {
    if ('criteria' in call) return this.#search(call)
    const id = this.#ids[call.id % this.#ids.length] as string
    if (call.do === 'save') {
      const session = made(call.session) as object
      this.#model.saved(id, kept(session), await errorOf(() => this.#store.save(id, session)), hasSoundCookie(session))
    } else if (call.do === 'put') {
      await this.#put(id, call)
    } else if (call.do === 'update') {
      await this.#update(id, call)
    } else if (call.do === 'touch') {
      const error = await errorOf(() => this.#store.touch(id, made(call.session) as object))
      if (error !== null) expect(error).toBeInstanceOf(SessionbankError)
    } else {
      await this.#store.destroy(id)
      this.#model.delete(id)
    }
  }

  /** A request that loads, changes a key and saves, while another request may do the same. */
  async #put(id: string, { key, value, meanwhile }: Extract<Call, { do: 'put' }>): Promise<void> {
    const [mine, theirs] = [new Link(), new Link()]
    const [session, other] = [await this.#store.load(id, mine), await this.#store.load(id, theirs)]
    if (!session || !other) return
    if (meanwhile) {
      define(other, meanwhile[0], made(meanwhile[1]))
      if (meanwhile[0] !== 'cookie')
        this.#model.saved(id, kept(other), await errorOf(() => this.#store.save(id, other, theirs)))
    }
    if (key === 'cookie') return
    const wasThere = Object.hasOwn(session, key)
    define(session, key, made(value))
    const own = kept(session)
    const merged = own && { ...this.#model.get(id) }
    if (merged && Object.hasOwn(own, key)) define(merged, key, own[key])
    else if (merged && wasThere) delete merged[key]
    this.#model.saved(id, merged, await errorOf(() => this.#store.save(id, session, mine)))
  }

  async #update(id: string, { key, value }: Extract<Call, { do: 'update' }>): Promise<void> {
    if (key === 'cookie') return
    let wanted: Data | null = null
    const change = (session: Data) => {
      define(session, key, made(value))
      wanted = kept(session)
    }
    const error = await errorOf(() => this.#store.update(id, change))
    if (this.#model.get(id)) this.#model.saved(id, wanted, error)
    else expect(error).toBeNull()
  }

  async #search({ do: name, criteria: given, except }: Extract<Call, { criteria: unknown }>): Promise<void> {
    const criteria = made(given)
    const usable = isUsable(criteria)
    const matching = usable ? this.#model.matching(criteria) : []
    const id = this.#ids[except % this.#ids.length]
    if (name === 'find') {
      const found = this.#store.find(criteria as never)
      if (!usable) return expect(found).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
      expect(new Set((await found).map(({ sid }) => sid))).toEqual(new Set(matching))
      return
    }
    const staying = [id].flat()
    const isId = staying.length > 0 && staying.every((one) => typeof one === 'string' && one !== '')
    const ended = this.#store.destroyWhere(criteria as never, { except: id as string })
    if (!usable || !isId) return expect(ended).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    const ending = matching.filter((one) => !staying.includes(one))
    expect(await ended).toBe(ending.length)
    for (const one of ending) this.#model.delete(one)
  }
}

function isUsable(criteria: unknown): criteria is Data {
  try {
    const prototype = Object.getPrototypeOf(criteria)
    const isPlain = typeof criteria === 'object' && criteria !== null && !Array.isArray(criteria)
    if (!isPlain || (prototype !== null && Object.getPrototypeOf(prototype) !== null)) return false
    const keys = Reflect.ownKeys(criteria)
    return keys.length > 0 && keys.every((key) => typeof key === 'string' && isScalar((criteria as Data)[key]))
  } catch {
    return false
  }
}

/** Defines the tests that no input of a client or an app breaks a store. */
export function promiseSoundness(
  open: () => Promise<Bank & { disconnect?(done: (outcome: unknown) => void): void }>,
  runs: { few: number; many: number },
): void {
  let bank: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    bank = await open()
  })
  afterAll(() => new Promise((resolve) => (bank?.disconnect ? bank.disconnect(resolve) : resolve(null))))

  it(
    'keeps what JSON can hold, refuses the rest with a SessionbankError, and finds nothing else, for any input',
    async () => {
      const ids = fc.uniqueArray(anyId, { minLength: 1, maxLength: 3, comparator: 'SameValue' })
      const property = fc.asyncProperty(ids, fc.array(aCall, { maxLength: 8 }), async (given, calls) => {
        const store = new SessionStore(bank, { cleanupInterval: false, type: 'hostile' }, { component: 'test' })
        store.on('error', (error) => expect(error).toBeInstanceOf(SessionbankError))
        await store.clear()
        await new Play(store, given).run(calls)
        expect(({} as Data).polluted).toBeUndefined()
      })
      await fc.assert(property, fuzzRuns(runs.few, runs.many))
    },
    FUZZ_TIMEOUT,
  )
}
