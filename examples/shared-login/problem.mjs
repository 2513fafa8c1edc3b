/** A request that cannot be served as it is; the message is for whoever sent it. */
class RequestError extends Error {
  /** The HTTP status of the answer. */
  status
  /** Whether the page that tells of it is the login. */
  isAboutLogin = false

  constructor(status, message) {
    super(message)
    this.status = status
  }
}

export class BadLoginError extends RequestError {
  isAboutLogin = true

  constructor(message) {
    super(400, message)
  }
}

export class NotLoggedInError extends RequestError {
  isAboutLogin = true

  constructor() {
    super(401, 'You are not logged in. If you were, you have been logged out: here, or from another device.')
  }
}

export class ForgedRequestError extends RequestError {
  constructor() {
    super(403, 'This request came from a page of another site, and was not carried out.')
  }
}

export class NoSuchDeviceError extends RequestError {
  constructor() {
    super(404, 'None of your devices has this name. It may be logged out already.')
  }
}

export class NotFoundError extends RequestError {
  constructor() {
    super(404, 'There is nothing here.')
  }
}

/** What the body parsers of the three frameworks refuse, each in its own words, in ours. */
const REFUSED = {
  400: 'This request is broken: send valid JSON or a form.',
  413: 'This body is too large.',
  414: 'This address is too long.',
  415: 'Send JSON (application/json) or a form (application/x-www-form-urlencoded).',
}

/** Returns what to tell of an error that a request ended in. Only a fault of the client is explained to it. */
export function problemOf(error) {
  if (error instanceof RequestError) return error
  const status = error.status ?? error.statusCode
  if (Object.hasOwn(REFUSED, status)) return { status, message: REFUSED[status], isAboutLogin: false }
  console.error(`a request failed: ${error.message}`)
  return { status: 500, message: 'Something went wrong on the server. Try again.', isAboutLogin: false }
}
