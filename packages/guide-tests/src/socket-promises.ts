import { io, type Socket } from 'socket.io-client'
import { Browser } from './browser.ts'

/** Registers the tests of an app whose sockets share the sessions of its requests. */
export function socketTests(url: () => string): void {
  const sockets: Socket[] = []

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })

  function socketOf(browser: Browser): Socket {
    const socket = io(url(), { extraHeaders: { cookie: browser.cookie }, reconnection: false, forceNew: true })
    sockets.push(socket)
    return socket
  }

  async function connected(browser: Browser): Promise<Socket> {
    const socket = socketOf(browser)
    await eventOf(socket, 'connect')
    return socket
  }

  it('rejects a socket without a login', async () => {
    const [error] = await eventOf(socketOf(new Browser(url(), 'Visitor')), 'connect_error')
    expect(error).toMatchObject({ message: 'log in first' })
  })

  it('counts the messages of all sockets of a session', async () => {
    const laptop = await new Browser(url(), 'Laptop').login('ann')
    const [first, second] = [await connected(laptop), await connected(laptop)]
    const heard = eventOf(second, 'message')

    const counts = await Promise.all([first, second, first].map((socket) => socket.emitWithAck('message', 'hello')))

    expect(counts.sort()).toEqual([1, 2, 3])
    expect(await heard).toEqual(['ann', 'hello'])
  })

  it('disconnects only the sockets of a device that is logged out', async () => {
    const laptop = await new Browser(url(), 'Laptop').login('ann')
    const phone = await new Browser(url(), 'Phone').login('ann')
    const [here, there] = [await connected(laptop), await connected(phone)]
    const { handle } = (await phone.devices()).find(({ isThis }) => isThis) as { handle: string }
    const cut = eventOf(there, 'disconnect')

    await laptop.send('DELETE', `/devices/${handle}`)

    expect(await cut).toContain('io server disconnect')
    expect(await here.emitWithAck('message', 'still here')).toBe(1)
  })

  it('disconnects the sockets of all other devices, and its own at a logout', async () => {
    const laptop = await new Browser(url(), 'Laptop').login('ann')
    const phone = await new Browser(url(), 'Phone').login('ann')
    const [here, there] = [await connected(laptop), await connected(phone)]
    const othersCut = eventOf(there, 'disconnect')
    await laptop.send('DELETE', '/devices')
    await othersCut

    const cut = eventOf(here, 'disconnect')
    await laptop.send('POST', '/logout')
    await cut
  })
}

/** Resolves with the arguments of a socket's next event. */
function eventOf(socket: Socket, name: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(name, (...given: unknown[]) => resolve(given)))
}
