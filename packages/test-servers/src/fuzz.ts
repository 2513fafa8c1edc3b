import { rounds } from './in-full.ts'

const ASKED = process.env.FUZZ_RUNS === undefined ? null : Number(process.env.FUZZ_RUNS)
// With 0 or NaN runs, every test would pass.
if (ASKED !== null && !(ASKED >= 1)) throw new Error('FUZZ_RUNS must be a number of runs, at least 1')

/** How long a fuzz test may take, in ms. */
export const FUZZ_TIMEOUT = ASKED === null ? 120_000 : 24 * 3_600_000

/**
 * Returns the parameters of a fuzz test for `fc.assert`: always the same seed, unless `FUZZ_RUNS=n` is set, which makes
 * n runs with other seeds.
 */
export function fuzzRuns(few: number, many: number): { numRuns: number; seed?: number } {
  return { numRuns: ASKED ?? rounds(few, many), ...(ASKED === null && { seed: 20_261_128 }) }
}

const EVERY_BYTE: readonly Buffer[] = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte))

/** Characters that are special in URLs, paths, JSON or cookies, and some ordinary ones. */
export const SPECIAL_LETTERS: readonly Buffer[] = Array.from('\0\n "#%&*,/0:;=?@[\\]`{}\u00fc\u{1f418}', (letter) =>
  Buffer.from(letter),
)

/**
 * Returns every text that differs from this one in one place: a byte is replaced, removed or inserted, or the text is
 * cut there. Invalid UTF-8 is read as U+FFFD, as from a file.
 *
 * @param letters the bytes to replace with or to insert. Default: every byte
 */
export function* mutationsOf(text: string, letters = EVERY_BYTE): Generator<string> {
  const bytes = Buffer.from(text)
  for (let at = 0; at <= bytes.length; at++) {
    const [before, from, behind] = [bytes.subarray(0, at), bytes.subarray(at), bytes.subarray(at + 1)]
    for (const letter of letters) yield String(Buffer.concat([before, letter, from]))
    if (from.length === 0) continue
    for (const letter of letters) yield String(Buffer.concat([before, letter, behind]))
    yield String(Buffer.concat([before, behind]))
    yield String(before)
  }
}
