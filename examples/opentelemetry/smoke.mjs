// Checks the spans and metrics of session-telemetry.mjs: node smoke.mjs
import assert from 'node:assert/strict'
import { metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { openDatabank, SessionStore, sessionHandle } from '@sessionbank/session-core'
import { Link } from '@sessionbank/session-core/adapter'
import { measureSessions, traceSessions } from './session-telemetry.mjs'

const spans = new InMemorySpanExporter()
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register()
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
metrics.setGlobalMeterProvider(provider)

traceSessions()
const bank = await openDatabank('memory:')
const store = new SessionStore(bank, { cleanupInterval: false })
const told = []
measureSessions(store, { every: 3_600_000, onError: (error) => told.push(error) })

/** Loads a session as a request does. */
async function load(sid) {
  const link = new Link()
  const session = await store.load(sid, link)
  return { save: (change) => store.save(sid, Object.assign(session, change), link) }
}

await trace.getTracer('app').startActiveSpan('GET /', async (span) => {
  await store.save('a', { visits: 1, cookie: {} })
  const [one, another] = [await load('a'), await load('a')]
  await one.save({ visits: 2 })
  await another.save({ cart: 'full' })
  await store.update('a', (session) => void session.visits++)
  await store.destroy('a')
  await one.save({ visits: 3 })
  await store.load('a')
  await assert.rejects(store.save('', {}))
  await store.cleanup()
  span.end()
})
await bank.disconnect()
await assert.rejects(store.load('a'))
store.emit('error', new Error('of no caller'))

const seen = spans.getFinishedSpans()
const request = seen.find(({ name }) => name === 'GET /')
const operations = seen.filter(({ name }) => name.startsWith('session '))
const what = operations.map(({ name, attributes }) => [
  name,
  attributes['sessionbank.outcome'] ?? attributes['error.type'],
])
assert.deepEqual(what, [
  ['session save', 'saved'],
  ['session load', 'found'],
  ['session load', 'found'],
  ['session save', 'saved'],
  ['session save', 'saved'],
  ['session update', 'updated'],
  ['session destroy', 'destroyed'],
  ['session save', 'dropped'],
  ['session load', 'missing'],
  ['session cleanup', undefined],
  ['session load', 'SESSIONBANK_NOT_CONNECTED'],
])
for (const { parentSpanContext } of operations.slice(0, -1)) {
  assert.equal(parentSpanContext?.spanId, request.spanContext().spanId, 'an operation belongs to its request')
}
assert.deepEqual(operations[0].attributes, {
  'db.system.name': 'memory',
  'db.operation.name': 'save',
  'db.collection.name': 'session',
  'sessionbank.handle': sessionHandle('a'),
  'sessionbank.outcome': 'saved',
})
assert.equal(operations.at(-1).status.code, 2)

await provider.forceFlush()
const points = exporter
  .getMetrics()
  .at(-1)
  .scopeMetrics.flatMap((scope) => scope.metrics)
const sum = (name, of = ({ value }) => value) =>
  points
    .find(({ descriptor }) => descriptor.name === `sessionbank.${name}`)
    .dataPoints.reduce((all, point) => all + of(point), 0)
assert.equal(
  sum('operation.duration', ({ value }) => value.count),
  operations.length,
)
assert.deepEqual(
  ['merged', 'dropped', 'errors'].map((name) => sum(name)),
  [1, 1, 1],
)
assert.equal(told.length, 1)
assert.equal(sum('sessions'), 0)
await provider.shutdown()
console.log('OpenTelemetry: each operation has a span of its request and a time, each event a count')
