// An Express app with traced and measured sessions. It prints spans and metrics; a real app sends them to its
// collector. node server.mjs

import { metrics, trace } from '@opentelemetry/api'
import { ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { ConsoleSpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'
import { measureSessions, traceSessions } from './session-telemetry.mjs'

new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] }).register()
const reader = new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))

traceSessions()
const store = new DatabankStore(await openDatabank(process.env.SESSIONBANK_URL ?? 'disk:.data'))
measureSessions(store, { every: 3_600_000 })

const app = express()
// In an app with @opentelemetry/instrumentation-http, this package creates the span.
app.use((req, res, next) => {
  trace.getTracer('app').startActiveSpan(`${req.method} ${req.path}`, (span) => {
    res.once('close', () => span.end())
    next()
  })
})
app.use(
  session({ store, secret: 'change me', resave: false, saveUninitialized: false, cookie: { maxAge: 86_400_000 } }),
)
app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.send(`Visit ${req.session.visits}`)
})
app.listen(process.env.PORT ?? 3000, '127.0.0.1')
