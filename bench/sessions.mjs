export const MAX_AGE = 86_400_000

/** Returns a session whose JSON has about `bytes` bytes without its cookie. Default: the size for a small shop. */
export function sessionOf(i, bytes = 350) {
  const session = {
    user: { id: 100_000 + i, name: `customer-${i}`, roles: ['reader', 'buyer'] },
    csrf: `token-${i}-${'x'.repeat(32)}`,
    visits: i % 50,
    cart: [{ sku: `A-${i}`, count: 2 }],
    lastPath: '/catalogue/books/programming',
    cookie: cookie(),
  }
  for (let left = bytes - 350; left > 0; left -= BYTES_OF_AN_ITEM) session.cart.push(item(left))
  return session
}

const BYTES_OF_AN_ITEM = 75

function item(n) {
  return { sku: `B-${10_000 + n}`, count: n % 9, title: 'A book about programming', price: 39.9 }
}

export function cookie() {
  return { originalMaxAge: MAX_AGE, expires: new Date(Date.now() + MAX_AGE), httpOnly: true, path: '/', secure: false }
}

export function sidOf(round, i) {
  return `bench${round + 1}-${String(i).padStart(8, '0')}-0123456789abcdef`
}
