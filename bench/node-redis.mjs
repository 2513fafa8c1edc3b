/**
 * The fastest settings of node-redis: its default timeout makes an AbortSignal for each command, which costs more than the
 * command. Our driver does without, and has a timeout of its own.
 */
export const WITHOUT_TIMEOUT = { commandOptions: { timeout: undefined } }
