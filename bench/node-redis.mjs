/**
 * The fastest settings of node-redis. Its default timeout creates an AbortSignal for each command, which costs more
 * than the command. Our driver turns it off and has its own timeout.
 */
export const WITHOUT_TIMEOUT = { commandOptions: { timeout: undefined } }
