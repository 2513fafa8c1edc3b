// Builds changed packages and runs examples/shared-login in this process, so that Ctrl-C ends everything.
import { spawnSync } from 'node:child_process'

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
const { status } = spawnSync('turbo', ['run', 'build', '--output-logs=errors-only'], { stdio: 'inherit', env })
if (status !== 0) process.exit(status ?? 1)
await import('../examples/shared-login/server.mjs')
