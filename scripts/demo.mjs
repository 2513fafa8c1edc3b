// Builds what has changed and runs examples/shared-login in this very process: Ctrl-C then ends it, and nothing else has to.
import { spawnSync } from 'node:child_process'

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
const { status } = spawnSync('turbo', ['run', 'build', '--output-logs=errors-only'], { stdio: 'inherit', env })
if (status !== 0) process.exit(status ?? 1)
await import('../examples/shared-login/server.mjs')
