import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import type { StoreEvents } from '@sessionbank/session-core'
import type { Store } from './apps/app.ts'

/** Texts that must not appear on any channel. None is part of another one, or of a name in the code. */
export const CANARIES = {
  sid: 'canary-of-a-sid',
  cookie: 'canaryofacookie',
  key: 'canary_of_a_key',
  value: 'canary of a value',
  user: 'canary@user.example',
  'user of the URL': 'canaryurluser',
  'password of the URL': 'canaryurlpassword',
} as const

/** The fields that an event contains on purpose: the keys of `merged` are the app's. */
const TOLD_BY_EVENTS: Record<keyof StoreEvents, readonly string[]> = {
  merged: ['keys'],
  dropped: [],
  cleanup: [],
  evicted: [],
  error: [],
}

const OPERATIONS = ['load', 'save', 'touch', 'update', 'destroy', 'cleanup']

/**
 * Records what stores and banks write to every channel (logs, events, traces, warnings, errors), to find leaked
 * canaries.
 */
export class LeakDetector {
  readonly #recorded: [channel: string, shown: string][] = []
  readonly #ends: (() => void)[] = []
  /** An app may store a request's user like this. Inspecting a promise shows it. */
  readonly #app = new AsyncLocalStorage()
  /** The class names of the recorded errors. */
  readonly errorNames = new Set<string>()

  constructor() {
    for (const operation of OPERATIONS) {
      const channel = tracingChannel<string, object>(`sessionbank:${operation}`)
      const record = (context: object) => this.record(`trace of ${operation}`, context)
      const subscriber = { start: record, end: record, asyncStart: record, asyncEnd: record, error: record }
      channel.subscribe(subscriber)
      this.#ends.push(() => channel.unsubscribe(subscriber))
    }
    const spy = jest.spyOn(process, 'emitWarning').mockImplementation((...warning) => this.record('warning', warning))
    this.#ends.push(() => spy.mockRestore())
  }

  /** A logger with the methods of bunyan and pino. */
  get log() {
    const record = (...line: unknown[]) => this.record('log', line)
    const logger = { debug: record, error: record }
    return { ...logger, child: () => logger }
  }

  /** Records the events of a store. */
  listen(store: Store): void {
    const emitter = store as unknown as EventEmitter
    for (const [name, fields] of Object.entries(TOLD_BY_EVENTS)) {
      emitter.on(name, (event: object) => {
        const told = Object.fromEntries(fields.map((key) => [key, 'told']))
        this.record(`event ${name}`, name === 'error' ? event : { ...event, ...told })
      })
    }
  }

  record(channel: string, told: unknown): void {
    for (let error = told; error instanceof Error; error = error.cause) this.errorNames.add(error.name)
    const everything = {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    }
    this.#recorded.push([channel, inspect(told, everything)])
    if (told instanceof Error) this.#recorded.push([channel, `${told.stack}\n${told}\n${JSON.stringify(told)}`])
  }

  /** Records the inspection of an object. */
  inspect(name: string, object: object): void {
    const shown = inspect(object, { depth: 10, showHidden: true })
    this.#recorded.push(
      [`inspect of ${name}`, shown],
      [`JSON of ${name}`, json(object)],
      [`String of ${name}`, String(object)],
    )
  }

  /** Calls a function, records its error, and returns its result. */
  async call<T>(name: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#app.run({ user: CANARIES.user }, call)
    } catch (error) {
      this.record(`error of ${name}`, error)
      return undefined
    }
  }

  /** Stops recording. */
  end(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  /**
   * Fails if a canary was recorded.
   *
   * @param least the minimum number of records, so that a test without output fails
   */
  expectNoLeaks(least = 50): void {
    const leaks = this.#recorded.flatMap(([channel, shown]) => {
      return Object.entries(CANARIES)
        .filter(([, canary]) => shown.includes(canary))
        .map(([name]) => `${channel} tells the ${name}:\n${shown}`)
    })
    expect(this.#recorded.length).toBeGreaterThan(least)
    expect(leaks).toEqual([])
  }
}

function json(object: object): string {
  try {
    return JSON.stringify(object)
  } catch (error) {
    return String(error)
  }
}
