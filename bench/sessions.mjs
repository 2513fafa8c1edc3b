export const MAX_AGE = 86_400_000

/** A session of about 350 bytes of JSON, as a small shop would keep it. */
export function sessionOf(i) {
  return {
    user: { id: 100_000 + i, name: `customer-${i}`, roles: ['reader', 'buyer'] },
    csrf: `token-${i}-${'x'.repeat(32)}`,
    visits: i % 50,
    cart: [{ sku: `A-${i}`, count: 2 }],
    lastPath: '/catalogue/books/programming',
    cookie: cookie(),
  }
}

export function cookie() {
  return { originalMaxAge: MAX_AGE, expires: new Date(Date.now() + MAX_AGE), httpOnly: true, path: '/', secure: false }
}

export function sidOf(round, i) {
  return `bench${round + 1}-${String(i).padStart(8, '0')}-0123456789abcdef`
}
