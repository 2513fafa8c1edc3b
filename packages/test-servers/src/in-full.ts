/** True if the long rounds and the slowest matrices run too: with `CI=true`, which `pnpm test:all` sets. */
export const inFull = Boolean(process.env.CI)

/** Returns how often a test repeats something: few times while someone works, many times in CI. */
export function rounds(few: number, many: number): number {
  return inFull ? many : few
}
