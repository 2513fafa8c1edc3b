let passed = 0
let failed = 0

/** Runs one check, and prints its name and whether it passed. */
export async function check(promise, act) {
  try {
    await act()
    passed++
    console.log(`ok    ${promise}`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${promise}\n      ${error.message}`)
  }
}

/** Runs all checks, then `end`, and prints the line of totals. The process fails after `limit` ms. */
export async function runChecks(limit, all, end) {
  const late = setTimeout(() => {
    console.log(`FAIL  the checks took more than ${limit / 1_000} s`)
    void Promise.resolve(end()).finally(() => process.exit(1))
  }, limit)
  try {
    await all()
  } catch (error) {
    failed++
    console.log(`FAIL  ${error.stack}`)
  } finally {
    clearTimeout(late)
    await end()
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
}
