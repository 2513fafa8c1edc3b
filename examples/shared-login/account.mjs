import { sessionHandle } from '@sessionbank/express-databank-store'
import { NoSuchDeviceError } from './problem.mjs'

/**
 * Returns the devices that a user is logged in with: first the current one, then the others by their last use. Each has
 * its handle, because a page must not contain a session id.
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
 * Logs out one device of a user. A handle of another user ends nothing, because the session must match both conditions.
 *
 * @returns the notice for the user
 * @throws NoSuchDeviceError
 */
export async function endDevice(store, user, handle) {
  const device = (await store.find({ user })).find((found) => found.handle === handle)
  const ended = device ? await store.destroyWhere({ user }, { handle }) : 0
  if (ended === 0) throw new NoSuchDeviceError()
  return { kind: 'ended', agent: device.session.agent }
}

/** Logs out all devices of a user except the current one. Returns the notice for the user. */
export async function endOtherDevices(store, user, sid) {
  return { kind: 'others-ended', count: await store.destroyWhere({ user }, { except: sid }) }
}

/** Returns the notice of the last request, and removes it from the session, so that it is shown once. */
export function takeNotice(session) {
  const { notice = null } = session
  if (notice) delete session.notice
  return notice
}
