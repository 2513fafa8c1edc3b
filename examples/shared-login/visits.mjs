const FRAMEWORKS = ['Express', 'Koa', 'Fastify']

/**
 * Counts a visit in a server's own counter. Each server has its own key, so a plain `++` is enough: concurrent changes
 * are merged key by key.
 */
export function countHere(session, framework) {
  session[`visits${framework}`] = (session[`visits${framework}`] ?? 0) + 1
}

/**
 * Counts a visit in the counter that all servers share. Call it in `store.update`, which is atomic: with a plain
 * `req.session.visits++`, two concurrent requests might count as one.
 */
export function countForAll(session) {
  session.visits = (session.visits ?? 0) + 1
}

/** Returns all counters of a session. */
export function visitsOf(session) {
  const on = FRAMEWORKS.map((framework) => [framework, session[`visits${framework}`] ?? 0])
  return { all: session.visits ?? 0, on: Object.fromEntries(on) }
}
