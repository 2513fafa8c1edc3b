import { sessionHandle } from '@sessionbank/express-databank-store'
import { NoSuchDeviceError } from './problem.mjs'

/**
 * Returns the devices that a user is logged in with: first the one that asks, then those used last. Each is named by its
 * handle; a page never holds an id.
 */
export async function devicesOf(store, user, sid) {
  const own = sessionHandle(sid)
  const found = await store.find({ user })
  const devices = found.map(({ handle, session, createdAt, lastUsedAt }) => ({
    handle,
    isThis: handle === own,
    agent: session.agent ?? '',
    framework: session.framework,
    since: createdAt,
    lastUsed: lastUsedAt,
  }))
  return devices.sort((a, b) => b.isThis - a.isThis || b.lastUsed - a.lastUsed)
}

/**
 * Logs one device of a user out. A handle of another user's ends nothing, since the session has to meet both conditions.
 *
 * @returns what to tell the user
 * @throws NoSuchDeviceError
 */
export async function endDevice(store, user, handle) {
  const device = (await store.find({ user })).find((found) => found.handle === handle)
  const ended = device ? await store.destroyWhere({ user }, { handle }) : 0
  if (ended === 0) throw new NoSuchDeviceError()
  return { kind: 'ended', agent: device.session.agent }
}

/** Logs all devices of a user out but the one that asks. Returns what to tell the user. */
export async function endOtherDevices(store, user, sid) {
  return { kind: 'others-ended', count: await store.destroyWhere({ user }, { except: sid }) }
}

/** Returns what the last request left to tell the user, and removes it from the session: it is shown once. */
export function takeNotice(session) {
  const { notice = null } = session
  if (notice) delete session.notice
  return notice
}
