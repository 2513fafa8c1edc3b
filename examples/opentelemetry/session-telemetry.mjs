// Spans and metrics of session stores: copy this file into your app. It needs @opentelemetry/api alone; where spans and
// metrics go is said by the SDK that the app sets up.
import { tracingChannel } from 'node:diagnostics_channel'
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api'

const OPERATIONS = ['load', 'save', 'touch', 'update', 'destroy', 'cleanup']

/** What OpenTelemetry calls the databases of our drivers, https://opentelemetry.io/docs/specs/semconv/db/ */
const SYSTEMS = { postgres: 'postgresql', disk: 'lmdb', 'sessionbank-memory': 'memory' }

/** Makes a span of each operation of all stores of this process, and counts how long they take. Call it once. */
export function traceSessions() {
  const tracer = trace.getTracer('sessionbank')
  const duration = metrics.getMeter('sessionbank').createHistogram('sessionbank.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] },
  })
  /** The span of each operation under way, and when it began. */
  const running = new WeakMap()

  for (const operation of OPERATIONS) {
    tracingChannel(`sessionbank:${operation}`).subscribe({
      start(message) {
        const attributes = {
          'db.system.name': SYSTEMS[message.bank] ?? message.bank ?? 'databank',
          'db.operation.name': operation,
          'db.collection.name': message.type,
        }
        // Its parent is the span that is active in the caller: the request's. The handle names the session in logs and events
        // as well; it opens nothing. It is no attribute of metrics, as there are as many as sessions.
        const own = message.handle === undefined ? {} : { 'sessionbank.handle': message.handle }
        const span = tracer.startSpan(`session ${operation}`, { attributes: { ...attributes, ...own } })
        running.set(message, { span, attributes, began: performance.now() })
      },
      asyncEnd(message) {
        const { span, attributes, began } = running.get(message) ?? {}
        if (!span) return
        const { outcome, error } = message
        const ending = error
          ? { 'error.type': error.code ?? error.name }
          : outcome && { 'sessionbank.outcome': outcome }
        if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
        span.setAttributes({ ...ending })
        span.end()
        duration.record((performance.now() - began) / 1_000, { ...attributes, ...ending })
      },
      end() {},
      asyncStart() {},
      error() {},
    })
  }
}

/**
 * Counts the events of a store, and measures how many sessions it has.
 *
 * @param options.every how often `stats()` goes through all sessions, in ms; no measure without it. One process is enough
 */
export function measureSessions(store, { every, onError = (error) => console.error(error) } = {}) {
  const meter = metrics.getMeter('sessionbank')
  const count = (name) => meter.createCounter(`sessionbank.${name}`)
  const [merged, dropped, removed, evicted, errors] = ['merged', 'dropped', 'removed', 'evicted', 'errors'].map(count)
  store.on('merged', () => merged.add(1))
  store.on('dropped', () => dropped.add(1))
  store.on('cleanup', (report) => removed.add(report.removed))
  store.on('evicted', (event) => evicted.add(event.count))
  // With a listener, these errors go nowhere else.
  store.on('error', (error) => {
    errors.add(1, { 'error.type': error.code ?? error.name })
    onError(error)
  })
  if (every === undefined) return
  const sessions = meter.createGauge('sessionbank.sessions')
  const bytes = meter.createGauge('sessionbank.bytes', { unit: 'By' })
  const measure = async () => {
    const stats = await store.stats()
    for (const state of ['live', 'expired', 'unreadable']) sessions.record(stats[state], { state })
    bytes.record(stats.bytes.total)
  }
  const measureOrTell = () => measure().catch(onError)
  void measureOrTell()
  setInterval(measureOrTell, every).unref()
}
