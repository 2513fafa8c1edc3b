// An app in a child process. Usage: app.mjs <framework> <store> <URL of a Redis>. The parent requests its CPU time.
import { APPS, STORES } from './apps.mjs'

const [framework, store, url] = process.argv.slice(2)
const port = await APPS[framework]((Store) => STORES[store](Store, url))
process.on('message', () => process.send({ cpu: process.cpuUsage() }))
process.on('disconnect', () => process.exit())
process.send({ port })
