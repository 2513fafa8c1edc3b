import * as fc from 'fast-check'
import { Link } from '../src/adapter.ts'
import {
  type Bank,
  type FoundSession,
  type SessionCookie,
  type SessionData,
  SessionStore,
  type StoreOptions,
  sessionHandle,
} from '../src/index.ts'
import { scheduledBank } from './model-bank.ts'
import { happenedInSomeOrder } from './model-order.ts'
import type { Found, ModelSession, Operation } from './model-session.ts'
import { type Clock, cookie, HOUR, MINUTE } from './setup.ts'

type Step =
  | { do: 'set' | 'delete'; key: string }
  | { do: 'remember'; age: number | null }
  | { do: 'save' | 'saveTwice' | 'touch' | 'destroy' | 'regenerate' | 'reload' | 'update' }

interface Plan {
  requests: { sid: number; store: number; steps: Step[] }[]
  /** Events between the requests' steps. */
  meanwhile: ({ do: 'advance'; ms: number } | { do: 'sweep' | 'list'; store: number })[]
  ages: (number | null)[]
  overwrites: boolean
  scheduler: fc.Scheduler
}

const TTL = 2 * HOUR
const AGES = [HOUR, 24 * HOUR, null]

/**
 * Generates random requests on one or two sessions by two stores, and the order in which the bank gets and answers
 * their calls.
 *
 * @param endsSessions whether time may pass until sessions end, which requires a bank that uses the test's clock
 */
export function plans(endsSessions: boolean): fc.Arbitrary<Plan> {
  const store = fc.nat({ max: 1 })
  const key = fc.constantFrom('a', 'b', 'c')
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('set'), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remember'), age: fc.constantFrom(...AGES) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('save', 'save', 'saveTwice', 'touch', 'touch') }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('destroy', 'regenerate', 'reload', 'update', 'update') }) },
  ) as fc.Arbitrary<Step>
  const ms = endsSessions ? fc.constantFrom(MINUTE, HOUR, 2 * HOUR) : fc.constantFrom(MINUTE, 5 * MINUTE)
  const event = fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constant('advance'), ms }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('sweep', 'list'), store }) },
  ) as fc.Arbitrary<Plan['meanwhile'][number]>
  return fc.record({
    requests: fc.array(
      fc.record({ sid: fc.nat({ max: 1 }), store, steps: fc.array(step, { minLength: 1, maxLength: 6 }) }),
      {
        minLength: 2,
        maxLength: 4,
      },
    ),
    meanwhile: fc.array(event, { maxLength: 5 }),
    ages: fc.array(fc.constantFrom(...AGES), { minLength: 2, maxLength: 2 }),
    overwrites: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    scheduler: fc.scheduler(),
  })
}

/** Runs a plan. Returns the operations of each session that the model cannot explain, by session id. */
export async function run(
  plan: Plan,
  bank: Bank,
  clock: Clock,
  options: StoreOptions,
  isSync: boolean,
): Promise<Record<string, Operation[]>> {
  const stage = new Stage(plan, scheduledBank(bank, plan.scheduler, isSync), clock, options)
  await plan.scheduler.waitFor(stage.play())
  return stage.unexplained()
}

let runs = 0

class Stage {
  readonly #plan: Plan
  readonly #clock: Clock
  readonly #start: number
  readonly #stores: SessionStore[]
  readonly #histories = new Map<string, Operation[]>()
  readonly #advances: Operation[] = []
  readonly #prefix = `${++runs}-`
  #moment = 0

  constructor(plan: Plan, bank: Bank, clock: Clock, more: StoreOptions) {
    this.#plan = plan
    this.#clock = clock
    this.#start = clock.now()
    const options = {
      ...more,
      ttl: TTL,
      cleanupInterval: false,
      touchAfter: 0,
      onConflict: plan.overwrites ? 'overwrite' : 'merge',
    } as const
    this.#stores = [0, 1].map(() => new SessionStore(bank, options, { component: 'model', now: clock.now }))
  }

  async play(): Promise<void> {
    const { requests, meanwhile, ages } = this.#plan
    const sids = ages.map((age, i) => ({ sid: `${this.#prefix}${i}`, age }))
    await Promise.all(sids.map(({ sid, age }) => new Request(this, sid, 0).create({ n: 0, a: 'first' }, age)))
    await Promise.all([
      ...requests.map(({ sid, store, steps }) => this.#handle(sids[sid]?.sid as string, store, steps)),
      this.#meanwhile(meanwhile),
    ])
    await this.#list(0)
    for (const sid of this.#histories.keys()) await new Request(this, sid, 1).load()
    for (const sid of this.#histories.keys()) await this.store(1).destroy(sid)
  }

  unexplained(): Record<string, Operation[]> {
    const settings = { ttl: TTL, overwrites: this.#plan.overwrites }
    const found: Record<string, Operation[]> = {}
    for (const [sid, operations] of this.#histories) {
      const all = [...operations, ...this.#advances].sort((a, b) => a.begun - b.begun)
      if (!happenedInSomeOrder(all, this.#start, settings)) found[sid] = all
    }
    return found
  }

  store(index: number): SessionStore {
    return this.#stores[index] as SessionStore
  }

  get now(): number {
    return this.#clock.now()
  }

  next(): number {
    return this.#moment++
  }

  /** Waits for a turn, so that the work of requests between their calls is ordered randomly too. */
  turn(name: string): Promise<void> {
    return this.#plan.scheduler.schedule(Promise.resolve(), name)
  }

  record(sid: string, operation: Operation): void {
    const operations = this.#histories.get(sid) ?? []
    operations.push(operation)
    this.#histories.set(sid, operations)
  }

  newSid(): string {
    return `${this.#prefix}${this.#histories.size}-${this.#moment}`
  }

  async #handle(sid: string, store: number, steps: Step[]): Promise<void> {
    const request = new Request(this, sid, store)
    await this.turn('request')
    await request.load()
    for (const step of steps) {
      if (!request.hasSession) return
      await this.turn(step.do)
      await request.perform(step)
    }
  }

  async #meanwhile(events: Plan['meanwhile']): Promise<void> {
    for (const event of events) {
      await this.turn(event.do)
      if ('store' in event) {
        if (event.do === 'sweep') await this.store(event.store).cleanup()
        else await this.#list(event.store)
      } else {
        const moment = this.next()
        this.#advances.push({ kind: 'advance', ms: event.ms, begun: moment, ended: moment })
        this.#clock.advance(event.ms)
      }
    }
  }

  /** Records each listed or missing session as a load. */
  async #list(store: number): Promise<void> {
    const known = [...this.#histories.keys()]
    const begun = this.next()
    const sessions: FoundSession[] = []
    for await (const found of this.store(store).entries()) sessions.push(found)
    const ended = this.next()
    for (const sid of known) {
      const listed = sessions.filter(({ handle }) => handle === sessionHandle(sid))
      if (listed.length === 0) this.record(sid, { kind: 'load', begun, ended, found: null })
      for (const { session } of listed) this.record(sid, { kind: 'load', begun, ended, found: foundIn(session) })
    }
  }
}

/** A request as a framework runs it: loads a session, changes the object, and saves or touches it. */
class Request {
  readonly #stage: Stage
  readonly #store: SessionStore
  #sid: string
  #link = new Link()
  #session: SessionData | null = null
  /** The session and the age of its cookie when it was last loaded or saved. */
  #known: ModelSession['data'] = {}
  #knownAge: number | null = null
  #age: number | null = null

  constructor(stage: Stage, sid: string, store: number) {
    this.#stage = stage
    this.#sid = sid
    this.#store = stage.store(store)
  }

  get hasSession(): boolean {
    return this.#session !== null
  }

  async load(): Promise<void> {
    const link = new Link()
    const begun = this.#stage.next()
    const session = await this.#store.load(this.#sid, link)
    const found = session && foundIn(session)
    this.#stage.record(this.#sid, { kind: 'load', begun, ended: this.#stage.next(), found })
    this.#session = session
    this.#link = link
    if (!found) return
    this.#known = found.data
    this.#age = found.age
    this.#knownAge = found.age
  }

  async create(data: ModelSession['data'], age: number | null): Promise<void> {
    this.#session = { ...data, cookie: {} }
    this.#age = age
    this.#knownAge = age
    this.#known = this.#data()
    const operation = { kind: 'create', data: this.#known, age, begun: this.#stage.next() } as const
    await this.#store.save(this.#sid, this.#withCookie(), this.#link)
    this.#stage.record(this.#sid, { ...operation, ended: this.#stage.next() })
  }

  async perform(step: Step): Promise<void> {
    const session = this.#session as SessionData
    switch (step.do) {
      case 'set':
        session[step.key] = `v${this.#stage.next()}`
        return
      case 'delete':
        delete session[step.key]
        return
      case 'remember':
        this.#age = step.age
        return
      case 'save':
        await this.#save('save')
        return
      case 'touch':
        await this.#save('touch')
        return
      case 'saveTwice': {
        const first = this.#save('save')
        session.c = `v${this.#stage.next()}`
        await Promise.all([first, this.#save('save', first)])
        return
      }
      case 'destroy':
        return this.#destroy()
      case 'regenerate':
        await this.#destroy()
        // Fastify's new session has the old one's link, and Express's has none. The store must not confuse either with
        // the old session.
        if (this.#stage.next() % 2) this.#link = new Link()
        this.#sid = this.#stage.newSid()
        return this.create({ n: 0, b: `v${this.#stage.next()}` }, this.#age)
      case 'reload':
        return this.load()
      case 'update':
        return this.#update()
    }
  }

  async #save(method: 'save' | 'touch', before?: Promise<{ dead: boolean }>): Promise<{ dead: boolean }> {
    const saving = this.#changes(method)
    const wasDead = this.#link.isGone(this.#sid)
    const knownExpires = before ? Number.POSITIVE_INFINITY : (this.#link.recordOf(this.#sid)?.expires ?? null)
    const begun = this.#stage.next()
    await this.#store[method](this.#sid, this.#withCookie(), this.#link)
    const ended = this.#stage.next()
    const dead = this.#link.isGone(this.#sid)
    const known = { wasDead: wasDead || ((await before)?.dead ?? false), endedFor: dead, knownExpires }
    this.#stage.record(this.#sid, { kind: 'save', begun, ended, ...saving, ...known })
    return { dead }
  }

  /** Returns the changes since the last load or save. A touch leaves the data to the next save. */
  #changes(method: 'save' | 'touch') {
    const whole = this.#data()
    const set = Object.fromEntries(Object.entries(whole).filter(([key, value]) => this.#known[key] !== value))
    const deleted = Object.keys(this.#known).filter((key) => !(key in whole))
    const newAge = this.#age === this.#knownAge ? undefined : this.#age
    this.#knownAge = this.#age
    if (method === 'touch') return { set: {}, deleted: [], whole, newAge }
    this.#known = whole
    return { set, deleted, whole, newAge }
  }

  async #destroy(): Promise<void> {
    const begun = this.#stage.next()
    await this.#store.destroy(this.#sid)
    this.#stage.record(this.#sid, { kind: 'destroy', begun, ended: this.#stage.next() })
  }

  async #update(): Promise<void> {
    const begun = this.#stage.next()
    const updated = await this.#store.update(this.#sid, (session) => void session.n++)
    const found = updated && foundIn(updated)
    this.#stage.record(this.#sid, { kind: 'update', begun, ended: this.#stage.next(), found })
  }

  #data(): ModelSession['data'] {
    const { cookie: _, ...data } = this.#session as SessionData
    return data
  }

  #withCookie(): SessionData {
    const session = this.#session as SessionData
    session.cookie = cookieOf(this.#age, this.#stage.now)
    return session
  }
}

function cookieOf(age: number | null, now: number): SessionCookie {
  return age === null ? { originalMaxAge: null, expires: null } : cookie(age, now)
}

function foundIn({ cookie: { originalMaxAge, expires }, sid: _, ...data }: SessionData): Found {
  return { data, age: originalMaxAge || null, expires: expires instanceof Date ? expires.getTime() : null }
}
