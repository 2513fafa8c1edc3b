import { Browser } from './browser.ts'

/** Registers the tests of an app that has a login and a list of devices, as all guides do. */
export function deviceTests(url: () => string): void {
  const browser = (name: string) => new Browser(url(), name)

  async function expectLoggedOut(...browsers: Browser[]): Promise<void> {
    for (const one of browsers) expect((await one.send('GET', '/devices')).status).toBe(401)
  }

  it('rejects a wrong password, and requests without a login', async () => {
    const visitor = browser('Visitor')
    for (const name of ['ann', 'nobody']) {
      expect((await visitor.send('POST', '/login', { name, password: 'wrong' })).status).toBe(401)
    }
    for (const [method, path] of [
      ['GET', '/devices'],
      ['DELETE', '/devices'],
      ['DELETE', '/devices/x'],
    ] as const) {
      expect((await visitor.send(method, path)).status).toBe(401)
    }
  })

  it('gives a new id at each login', async () => {
    const victim = await browser('Laptop').login('ann')
    const attacker = victim.copy()
    await victim.login('ann')

    await expectLoggedOut(attacker)
    await victim.send('DELETE', '/devices')
    expect(await victim.devices()).toHaveLength(1)
  })

  it('lists the devices of the current user only', async () => {
    const laptop = await browser('Laptop').login('ann')
    await laptop.send('DELETE', '/devices')
    await browser('Phone').login('ann')
    await browser("Bob's phone").login('bob')

    const devices = await laptop.devices()
    expect(devices.map(({ device, isThis }) => [device, isThis]).sort()).toEqual([
      ['Laptop', true],
      ['Phone', false],
    ])
    for (const { createdAt, lastUsedAt } of devices) {
      for (const time of [createdAt, lastUsedAt]) expect(Date.now() - Date.parse(time as string)).toBeLessThan(600_000)
    }
  })

  it('logs out another device', async () => {
    const laptop = await browser('Laptop').login('ann')
    const phone = await browser('Phone').login('ann')
    const { handle } = (await phone.devices()).find(({ isThis }) => isThis) as { handle: string }

    expect((await laptop.send('DELETE', `/devices/${handle}`)).status).toBe(200)

    await expectLoggedOut(phone)
    expect((await laptop.devices()).map((device) => device.handle)).not.toContain(handle)
    expect((await laptop.send('DELETE', `/devices/${handle}`)).status).toBe(404)
  })

  it('ends no session of another user', async () => {
    const ann = await browser('Laptop').login('ann')
    const bob = await browser("Bob's phone").login('bob')
    for (const { handle } of await bob.devices()) {
      expect((await ann.send('DELETE', `/devices/${handle}`)).status).toBe(404)
    }
    await ann.send('DELETE', '/devices')
    expect(await bob.devices()).not.toHaveLength(0)
  })

  it('logs out all other devices', async () => {
    const laptop = await browser('Laptop').login('ann')
    const others = [await browser('Phone').login('ann'), await browser('Tablet').login('ann')]

    const { body } = await laptop.send('DELETE', '/devices')

    expect(body.ended).toBeGreaterThanOrEqual(others.length)
    await expectLoggedOut(...others)
    expect(await laptop.devices()).toMatchObject([{ device: 'Laptop', isThis: true }])
  })

  it('logs out the current device for good', async () => {
    const laptop = await browser('Laptop').login('ann')
    const before = laptop.copy()

    expect((await laptop.send('POST', '/logout')).status).toBeLessThan(300)

    expect(laptop.cookie).toBe('')
    await expectLoggedOut(laptop, before)
  })
}
