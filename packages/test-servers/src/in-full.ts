/** True with `CI=true`, which `pnpm test:all` sets: long rounds and slow tests run as well. */
export const inFull = Boolean(process.env.CI)

/** Returns how often a test repeats something: `few` times during development, `many` times in CI. */
export function rounds(few: number, many: number): number {
  return inFull ? many : few
}
