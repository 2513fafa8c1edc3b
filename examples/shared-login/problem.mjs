import { BadRequestError } from './login-request.mjs'

/** What the body parsers of the three frameworks refuse, each in its own words, in ours. */
const REFUSED = {
  400: 'This request is broken: send valid JSON or a form.',
  413: 'This body is too large.',
  415: 'Send JSON (application/json) or a form (application/x-www-form-urlencoded).',
}

/** Status and message for an error that a request ended in. Only a fault of the client is explained to it. */
export function problemOf(error) {
  if (error instanceof BadRequestError) return { status: error.status, message: error.message }
  const status = error.status ?? error.statusCode
  if (Object.hasOwn(REFUSED, status)) return { status, message: REFUSED[status] }
  console.error(`a request failed: ${error.message}`)
  return { status: 500, message: 'Something went wrong on the server. Try again.' }
}

export const NOT_LOGGED_IN = { error: 'You are not logged in. POST /login first.' }
export const NOT_FOUND = { error: 'There is nothing here. Try GET /, GET /me, POST /login or POST /logout.' }
