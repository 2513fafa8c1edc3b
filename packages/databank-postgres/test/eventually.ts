/** Resolves when `holds` resolves with true. If it never does, the test's time limit ends the waiting. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}
