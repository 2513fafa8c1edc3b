import { resolve } from 'node:path'
import { checkDriverOptions, checkedTimeout, type DriverOptions, InvalidOptionError } from '@sessionbank/databank-kit'

/** The options of the driver `disk`: either `dir` or `url`. */
export interface DiskParams extends DriverOptions {
  /** The folder of the data, relative to the working directory. Created if it is missing. */
  dir?: string
  /** The folder as a URL: `disk:./sessions`, `disk:/var/lib/app/sessions`. The path is taken literally. */
  url?: string
  /** Timeout of an operation, in ms: another process may hold the write lock. Default: 5,000. */
  timeout?: number
}

const FORMS = 'options of the driver "disk" must be { dir: "./sessions" } or { url: "disk:./sessions" }'
/** Matches `disk://` without a path, for example because a variable was empty. */
const ROOT = /^\/+$/

/** Returns the absolute path of the folder, and the timeout. Throws InvalidOptionError if an option is invalid. */
export function checkedOptions(params: DiskParams) {
  checkDriverOptions('disk', params, { dir: true, url: true, timeout: true })
  const { dir, url } = params
  if (dir !== undefined && url !== undefined) throw new InvalidOptionError(`${FORMS}, not both`)
  const path = url === undefined ? dir : pathIn(url)
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw new InvalidOptionError(FORMS)
  if (ROOT.test(path)) throw new InvalidOptionError(`${FORMS}; the root folder cannot be used`)
  return { directory: resolve(path), timeout: checkedTimeout('disk', params.timeout) }
}

export type Options = ReturnType<typeof checkedOptions>

function pathIn(url: unknown): string {
  if (typeof url !== 'string' || !/^disk:/i.test(url)) throw new InvalidOptionError(FORMS)
  const path = url.slice('disk:'.length)
  if (!/^\/\/[^/]/.test(path)) return path
  throw new InvalidOptionError(
    'a disk URL has no host: write disk:./dir for a relative path, or disk:/dir for an absolute one',
  )
}
