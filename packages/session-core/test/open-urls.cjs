/**
 * A program without network access: opens a databank for each URL of a list on stdin, closes it, and prints the
 * outcomes. It handles no other errors: an unhandled one ends it, as it would end an app.
 *
 * @example node open-urls.cjs < urls.json
 */
const dns = require('node:dns')
const net = require('node:net')
const { text } = require('node:stream/consumers')
const { inspect } = require('node:util')

const BATCH = 100
const TIMEOUT = 100

net.Socket.prototype.connect = function refuse() {
  process.nextTick(() =>
    this.destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' })),
  )
  return this
}
for (const api of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.keys(api).filter((key) => /^(lookup|resolve)/.test(key))) {
    api[name] = (...args) => {
      const error = Object.assign(new Error('not found'), { code: 'ENOTFOUND', syscall: name })
      if (typeof args.at(-1) !== 'function') return Promise.reject(error)
      process.nextTick(args.at(-1), error)
    }
  }
}

const { openDatabank, SessionbankError } = require('..')

async function outcomeOf(url) {
  try {
    const bank = await openDatabank(url, url.startsWith('memory') ? {} : { timeout: TIMEOUT })
    const shown = [inspect(bank, { depth: 10, showHidden: true }), JSON.stringify(bank), String(bank)].join('\n')
    await bank.disconnect()
    return { code: null, isOurs: true, shown }
  } catch (error) {
    const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null })
    return { code: error.code, isOurs: error instanceof SessionbankError, shown: `${shown}\n${error.stack}\n${error}` }
  }
}

async function main() {
  const urls = JSON.parse(await text(process.stdin))
  const outcomes = []
  while (urls.length > 0) outcomes.push(...(await Promise.all(urls.splice(0, BATCH).map(outcomeOf))))
  process.stdout.write(JSON.stringify(outcomes))
}

void main()
