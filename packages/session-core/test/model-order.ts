import { type ModelSession, type ModelSettings, type Operation, outcomes, textOf } from './model-session.ts'

/**
 * Returns whether the operations on one session, some of them concurrent, can have happened one after another, each at
 * a moment between its start and its end. (Wing and Gong's linearizability check, with memoized dead ends.)
 */
export function happenedInSomeOrder(operations: Operation[], start: number, settings: ModelSettings): boolean {
  const deadEnds = new Set<string>()
  const clockAt = clocksOf(operations, start)

  function search(done: ReadonlySet<number>, session: ModelSession | null, now: number): boolean {
    if (done.size === operations.length) return true
    const key = `${[...done].sort((a, b) => a - b)} ${session && `${textOf(session.data)} ${session.age} ${session.expires}`}`
    if (deadEnds.has(key)) return false
    for (const [index, operation] of operations.entries()) {
      if (done.has(index) || !mayBeNext(index, done)) continue
      const after = new Set(done).add(index)
      if (operation.kind === 'advance') {
        if (search(after, session, now + operation.ms)) return true
        continue
      }
      const clocks = [...new Set([...clockAt(operation.begun), now])].filter((time) => time <= now)
      for (const next of outcomes(session, operation, clocks, settings)) if (search(after, next, now)) return true
    }
    deadEnds.add(key)
    return false
  }

  function mayBeNext(index: number, done: ReadonlySet<number>): boolean {
    const { begun } = operations[index] as Operation
    return operations.every((other, i) => i === index || done.has(i) || other.ended >= begun)
  }

  return search(new Set(), null, start)
}

/** Returns a function for the times that the clock showed from a moment on, in order. */
function clocksOf(operations: Operation[], start: number): (moment: number) => number[] {
  const times: [moment: number, time: number][] = [[-1, start]]
  for (const operation of [...operations].sort((a, b) => a.begun - b.begun)) {
    const [, time] = times.at(-1) as [number, number]
    if (operation.kind === 'advance') times.push([operation.begun, time + operation.ms])
  }
  return (moment) => {
    const current = times.findLastIndex(([begin]) => begin <= moment)
    return times.slice(current).map(([, time]) => time)
  }
}
