import { BadLoginError } from './problem.mjs'

const LONGEST_NAME = 100

/** The name in a login's body, which may be anything that a client sends. */
export function userFrom(body) {
  const user = body?.user
  if (typeof user !== 'string' || user.trim() === '') {
    throw new BadLoginError('A name is needed: the field "user" is missing, empty or no text.')
  }
  if (user.trim().length > LONGEST_NAME) throw new BadLoginError(`A name has at most ${LONGEST_NAME} characters.`)
  return user.trim()
}
