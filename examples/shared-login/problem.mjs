/** A faulty request. The message is shown to the client. */
class RequestError extends Error {
  /** The HTTP status of the response. */
  status
  /** True if the login page shows the message. */
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

/** Messages for the errors of the three frameworks' body parsers, by status. */
const REFUSED = {
  400: 'This request is broken: send valid JSON or a form.',
  413: 'This body is too large.',
  414: 'This address is too long.',
  415: 'Send JSON (application/json) or a form (application/x-www-form-urlencoded).',
}

/** Returns the response for an error of a request. Explains only faults of the client. */
export function problemOf(error) {
  if (error instanceof RequestError) return error
  const status = error.status ?? error.statusCode
  if (Object.hasOwn(REFUSED, status)) return { status, message: REFUSED[status], isAboutLogin: false }
  console.error(`a request failed: ${error.message}`)
  return { status: 500, message: 'Something went wrong on the server. Try again.', isAboutLogin: false }
}
