/** Fields of Node's system errors. They contain no part of a record, and no user or password of a URL. */
const SYSTEM_FIELDS = ['errno', 'syscall', 'address', 'port']

/** Maximum depth of copied causes. */
const DEEPEST = 5

/** Name of an error class, such as `MongoNetworkError`. */
const CLASS_NAME = /^[A-Z]\w{0,63}$/
/** A constant, such as `ECONNREFUSED`, `ERR_INVALID_URL` or the SQLSTATE `22P02`. */
const CONSTANT = /^[A-Z0-9][A-Z0-9_-]{1,63}$/
/** A line of a stack trace, as V8 writes it. */
const FRAME = /^ {4}at .*(:\d+:\d+|<anonymous>|native)\)?$/

/**
 * Returns a copy of an error of a client, a server or a parser that is safe to show: its class, its code, its stack and
 * the fields that are known to contain no value. Leaves out its message, which may quote an id, a content or a
 * password.
 *
 * @param fields names of further properties that are safe
 */
export function safeCause(error: unknown, ...fields: string[]): Error | undefined {
  return error === undefined || error === null ? undefined : copyOf(error, fields, DEEPEST)
}

/** Returns the class and the code of an error for a message, such as `Error ECONNREFUSED`. */
export function nameAndCode(error: unknown): string {
  const [name, code] = [nameOf(error), codeOf(error)]
  return code === undefined ? name : `${name} ${code}`
}

/** Returns whether an error has one of these names. `instanceof` would miss errors of another copy of the client. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return names.includes(nameOf(error))
}

/** Returns an error's code if it is a number or a constant. */
export function codeOf(error: unknown): string | number | undefined {
  const code = propertyOf(error, 'code')
  if (typeof code === 'number') return code
  return typeof code === 'string' && CONSTANT.test(code) ? code : undefined
}

function nameOf(error: unknown): string {
  const name = propertyOf(error, 'name')
  return typeof name === 'string' && CLASS_NAME.test(name) ? name : 'Error'
}

function copyOf(error: unknown, fields: string[], depth: number): Error {
  const copy = new Error(nameAndCode(error)) as Error & Record<string, unknown>
  Object.defineProperty(copy, 'name', { value: nameOf(error), configurable: true, writable: true })
  Object.defineProperty(copy, 'stack', { value: stackOf(error, copy), configurable: true, writable: true })
  const code = codeOf(error)
  if (code !== undefined) copy.code = code
  for (const field of [...SYSTEM_FIELDS, ...fields]) {
    const value = propertyOf(error, field)
    if (typeof value === 'string' || typeof value === 'number') copy[field] = value
  }
  const cause = propertyOf(error, 'cause')
  if (cause instanceof Error && depth > 1) {
    Object.defineProperty(copy, 'cause', {
      value: copyOf(cause, fields, depth - 1),
      configurable: true,
      writable: true,
    })
  }
  return copy
}

/**
 * Returns the stack with the given name and message. The original stack begins with the message that the error was
 * created with.
 */
function stackOf(error: unknown, { message, name }: Error): string {
  const [stack, said] = [propertyOf(error, 'stack'), propertyOf(error, 'message')]
  const head = name === message || message.startsWith(`${name} `) ? message : `${name}: ${message}`
  if (typeof stack !== 'string' || typeof said !== 'string') return head
  const begin = stack.indexOf(said)
  const frames = begin === -1 ? [] : stack.slice(begin + said.length).split('\n')
  return [head, ...frames.filter((line) => FRAME.test(line))].join('\n')
}

/** Reads a property. A client's errors may have getters that throw. */
function propertyOf(error: unknown, name: string): unknown {
  try {
    return (error as Record<string, unknown> | null)?.[name]
  } catch {
    return undefined
  }
}
