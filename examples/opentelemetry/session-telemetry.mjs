// Spans and metrics of session stores: copy this file into your app. It needs only @opentelemetry/api. The SDK that the
// app sets up decides where spans and metrics are sent.
import { tracingChannel } from 'node:diagnostics_channel'
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api'

const OPERATIONS = ['load', 'save', 'touch', 'update', 'destroy', 'cleanup']

/** OpenTelemetry's names of the databases, see https://opentelemetry.io/docs/specs/semconv/db/ */
const SYSTEMS = { postgres: 'postgresql', disk: 'lmdb', 'sessionbank-memory': 'memory' }

/** Creates a span for each operation of all stores in this process, and measures their durations. Call it once. */
export function traceSessions() {
  const tracer = trace.getTracer('sessionbank')
  const duration = metrics.getMeter('sessionbank').createHistogram('sessionbank.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] },
  })
  /** The span and start time of each running operation. */
  const running = new WeakMap()

  for (const operation of OPERATIONS) {
    tracingChannel(`sessionbank:${operation}`).subscribe({
      start(message) {
        const attributes = {
          'db.system.name': SYSTEMS[message.bank] ?? message.bank ?? 'databank',
          'db.operation.name': operation,
          'db.collection.name': message.type,
        }
        // The parent is the active span of the caller, usually the request's. The handle also names the session in logs
        // and events, and opens nothing. It is not an attribute of metrics, because it has as many values as there are
        // sessions.
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
 * Counts the events of a store, and measures its number of sessions.
 *
 * @param options.every how often `stats()` reads all sessions, in ms. If omitted, they are not counted. Set it in one
 *   process only
 */
export function measureSessions(store, { every, onError = (error) => console.error(error) } = {}) {
  const meter = metrics.getMeter('sessionbank')
  const count = (name) => meter.createCounter(`sessionbank.${name}`)
  const [merged, dropped, removed, evicted, errors] = ['merged', 'dropped', 'removed', 'evicted', 'errors'].map(count)
  store.on('merged', () => merged.add(1))
  store.on('dropped', () => dropped.add(1))
  store.on('cleanup', (report) => removed.add(report.removed))
  store.on('evicted', (event) => evicted.add(event.count))
  // A listener is responsible for these errors: they are not logged otherwise.
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
