import { openStore, request } from './setup.ts'

it('a save writes the session as it was at the call, even if the app changes the object afterwards', async () => {
  const { store } = await openStore()
  await store.save('a', { list: [1], cookie: {} })
  const one = await request(store, 'a')
  one.session.list.push(2)
  const saving = one.save()
  one.session.list.push(3)
  one.session.later = 1
  await saving
  expect(await store.load('a')).toEqual({ list: [1, 2], cookie: {} })
  await one.save()
  expect(await store.load('a')).toEqual({ list: [1, 2, 3], later: 1, cookie: {} })
})
