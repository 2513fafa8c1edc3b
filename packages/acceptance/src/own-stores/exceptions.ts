import type { Sight } from './browser.ts'
import type { Difference, Exception } from './comparison.ts'
import type { Step } from './visit.ts'

/** Intended differences between our stores and a framework's own store. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    why: 'the framework or its own store failed in the middle of a request',
    holds: ({ own, hasFailed }) => own.status !== 200 || hasFailed,
  },
  {
    why: 'a time is true or an array, which converts to a number or a text',
    holds: (difference) =>
      stepsOf(difference).some((step) => step.do === 'set' && NO_TIMES.has(step.to.name)) ||
      Object.values({ ...difference.planted, ...difference.config.times }).some(
        (value) => value === true || Array.isArray(value),
      ),
  },
  {
    why: 'a stored time is invalid: the own store fails on it eventually; ours treats it as no expiry',
    holds: ({ planted, ours }) =>
      Object.entries(planted ?? {}).some(isNoTime) &&
      (userIn(ours.body) !== null || [planted?.originalMaxAge, planted?.maxAge].some((age) => Number(age ?? 1) <= 0)),
  },
  {
    why: 'Fastify: a stored expiry before the range of dates is invalid, and the session continues under another id',
    holds: ({ framework, planted }) => framework === 'Fastify' && Number(planted?.expires) < -8.64e15,
  },
  {
    why: 'the own store shortens a record that expires later than its age allows; in ours no reader shortens an expiry',
    holds: ({ planted, config, ours }) =>
      [planted, config.times].some((times) => times && hasEndAndAge(times)) && userIn(ours.body) !== null,
  },
  {
    why: 'Express: the last Date is moved beyond the range of dates, and then sets no cookie any more; ours keeps it',
    holds: (difference) =>
      difference.framework === 'Express' &&
      stepsOf(difference).some((step) => step.do === 'set' && step.to.name === 'the last Date') &&
      userIn(difference.own.body) === userIn(difference.ours.body),
  },
  {
    why: 'Koa: a session cookie with a maxAge of undefined stays one; koa-session mistakes that for a second save, and sets a day',
    holds: (difference) =>
      difference.framework === 'Koa' &&
      stepsOf(difference).some((step) => step.do === 'set' && step.to.name === 'undefined') &&
      userIn(difference.ours.body) !== null,
  },
  {
    why: 'Koa: an age beyond the range of dates is no expiry in ours; koa-session sets a day if one request saves twice',
    holds: (difference) => {
      const { framework, config, own, ours } = difference
      const set = stepsOf(difference).map((step) => (step.do === 'set' ? Number(step.to.name) : 0))
      const isBeyond = [Number(config.times?.maxAge), ...set].some((age) => age > 8e15)
      return framework === 'Koa' && isBeyond && areSameButForTheEnd(own, ours)
    },
  },
  {
    why: 'Koa: an expiry of 0, which koa-session never writes, has passed in ours; koa-session partly treats it as no expiry',
    holds: ({ framework, planted }) => framework === 'Koa' && planted?._expire === 0,
  },
  {
    why: 'the own store revives a session that the same request has saved as expired',
    holds: (difference) => savesTwice(difference) && userIn(difference.ours.body) === null,
  },
  {
    why: 'Fastify: the own store passes the cookie of an ended session on to the next one',
    holds: ({ framework, own, ours }) =>
      framework === 'Fastify' && userIn(own.body) === userIn(ours.body) && sessionIn(ours) !== 'session 1',
  },
  {
    why: 'Express and Fastify: the own store moves or forgets a fixed expiry; ours keeps it',
    holds: ({ framework, planted, own }) =>
      framework !== 'Koa' &&
      Boolean(planted?.expires) &&
      typeof planted?.originalMaxAge !== 'number' &&
      userIn(own.body) !== null,
  },
  {
    why: 'Express: in ours a save restarts the age, in its own store only the end of the request; a reload in between shows it',
    holds: ({ framework, visits, own, ours }) =>
      framework === 'Express' && reloadsWhatItSaved(visits.at(-1)?.steps ?? []) && areSameButForTheEnd(own, ours),
  },
  {
    why: 'Express: a maxAge in a record, which express-session never writes, is lost at the first touch; ours keeps it',
    holds: ({ framework, planted, own, ours }) =>
      framework === 'Express' && planted?.maxAge !== undefined && userIn(own.body) === userIn(ours.body),
  },
  {
    why: "Fastify: in its own store the plugin's times replace the expiry that the app has set",
    holds: (difference) =>
      difference.framework === 'Fastify' &&
      Boolean(difference.config.times?.maxAge ?? difference.config.times?.expires) &&
      (difference.planted !== undefined || stepsOf(difference).some((step) => step.do === 'set')) &&
      (userIn(difference.ours.body) !== null || userIn(difference.own.body) === null),
  },
]

function isNoTime([name, value]: [string, unknown]): boolean {
  // koa-session itself writes numbers, or nothing
  if (value === null) return name.startsWith('_')
  if (typeof value === 'string') return name !== 'expires' || Number.isNaN(Date.parse(value))
  return typeof value !== 'number' || Math.abs(value) > 8e15
}

const NO_TIMES = new Set(['true', '[]', '[3000]'])

function stepsOf({ visits }: Difference) {
  return visits.flatMap(({ steps }) => steps)
}

function hasEndAndAge(times: Record<string, unknown>): boolean {
  const { expires, _expire, maxAge, originalMaxAge, _maxAge } = times
  return Boolean(expires || _expire || maxAge) && typeof (originalMaxAge ?? _maxAge) === 'number'
}

/** Returns true if a request saves an expiry that has passed, and continues to use the session. */
function savesTwice({ visits, planted, config }: Difference): boolean {
  const hasEnded = [planted, config.times].some((times) => Object.values(times ?? {}).some(isOver))
  return visits.some(({ steps }) => {
    const [set, saved] = [steps.findIndex((step) => step.do === 'set'), steps.findLastIndex(isSave)]
    return saved !== -1 && (hasEnded || (set !== -1 && saved > set))
  })
}

/** Returns true for an age of 0 or less, or a time before 1970. */
function isOver(time: unknown): boolean {
  return typeof time === 'number' && time < 100
}

function isSave({ do: what }: Step): boolean {
  return what === 'save' || what === 'regenerate'
}

function reloadsWhatItSaved(steps: readonly Step[]): boolean {
  const saved = steps.findIndex(isSave)
  return saved !== -1 && steps.slice(saved).some((step) => step.do === 'reload')
}

function sessionIn({ cookie }: Sight): string | undefined {
  return cookie?.split(';')[0]
}

function areSameButForTheEnd(own: Sight, ours: Sight): boolean {
  const [one, other] = [own, ours].map((sight) => JSON.stringify({ ...sight, body: withoutEnd(sight.body) }))
  return one === other
}

function withoutEnd(body: unknown): object {
  return { ...(body as object), expires: null }
}

function userIn(body: unknown): unknown {
  return (body as { user?: unknown }).user
}
