import { BadLoginError } from './problem.mjs'

const LONGEST_NAME = 100

/** Returns the name in the body of a login. Throws BadLoginError if it is invalid. */
export function userFrom(body) {
  const user = body?.user
  if (typeof user !== 'string' || user.trim() === '') {
    throw new BadLoginError('A name is needed: the field "user" is missing, empty or no text.')
  }
  if (user.trim().length > LONGEST_NAME) throw new BadLoginError(`A name has at most ${LONGEST_NAME} characters.`)
  return user.trim()
}
