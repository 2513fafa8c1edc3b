const FRAMEWORKS = ['Express', 'Koa', 'Fastify']

/**
 * Counts one visit in a server's own counter. Each server changes a key of its own, so a plain `++` is enough: what several
 * requests change at the same time is merged key by key.
 */
export function countHere(session, framework) {
  session[`visits${framework}`] = (session[`visits${framework}`] ?? 0) + 1
}

/**
 * Counts one visit in the counter that all servers share, inside `store.update`: that is one atomic step. With a plain
 * `req.session.visits++` two requests at the same time would count as one.
 */
export function countForAll(session) {
  session.visits = (session.visits ?? 0) + 1
}

/** Returns all counters of a session. */
export function visitsOf(session) {
  const on = FRAMEWORKS.map((framework) => [framework, session[`visits${framework}`] ?? 0])
  return { all: session.visits ?? 0, on: Object.fromEntries(on) }
}
