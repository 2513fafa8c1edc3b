import { placeOf } from '../src/place.ts'

describe('the place of a bank', () => {
  it.each([
    ['redis://localhost', 'redis://127.0.0.1:6379/0'],
    ['redis://ann:s3cret@LOCALHOST', 'valkey://localhost/'],
    ['rediss+cluster://b,a:2', 'valkeys+cluster://a:2,b:6379'],
    ['redis+cluster://b:1,a:2', 'REDIS+cluster://a:2,b:1/'],
    ['postgres://localhost/app', 'postgresql://ann@[::1]:5432/app'],
    ['mongodb://db/app', 'mongodb://db:27017/app/'],
    ['disk:./a', 'disk:b/../a/'],
  ])('is the same for %s and %s', (one, other) => {
    expect(placeOf(one)).toBe(placeOf(other))
  })

  it.each([
    ['redis://localhost', 'redis://localhost/1'],
    ['redis://localhost', 'redis://localhost:6380'],
    ['postgres://localhost/app', 'postgres://localhost/App'],
    ['postgres://localhost/app', 'postgres://localhost/app?host=db'],
    ['disk:./a', 'disk:./A/b'],
  ])('differs for %s and %s', (one, other) => {
    expect(placeOf(one)).not.toBe(placeOf(other))
  })

  it('does not contain the login', () => {
    expect(placeOf('redis://ann:s3cret@localhost')).not.toMatch(/ann|s3cret/)
  })
})
