const LONGEST_NAME = 100

/** A request that cannot be served as it is; the message is for whoever sent it. */
export class BadRequestError extends Error {
  status = 400
}

/** The name in a login's body, which may be anything that a client sends. */
export function userFrom(body) {
  const user = body?.user
  if (typeof user !== 'string' || user.trim() === '') {
    throw new BadRequestError('A name is needed: the field "user" is missing, empty or no text.')
  }
  if (user.trim().length > LONGEST_NAME) throw new BadRequestError(`A name has at most ${LONGEST_NAME} characters.`)
  return user.trim()
}
