/** Resolves once it holds: the server may need a moment. If it never does, the time limit of the test ends it. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}
