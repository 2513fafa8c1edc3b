import { resolve } from 'node:path'
import { checkDriverOptions, checkedTimeout, type DriverOptions, InvalidOptionError } from '@sessionbank/databank-kit'

/** The params of the driver `disk`: either `dir` or `url`. */
export interface DiskParams extends DriverOptions {
  /** The folder that holds the data; relative to the working directory. Made where there is none. */
  dir?: string
  /** The same as a URL: `disk:./sessions`, `disk:/var/lib/app/sessions`. What follows the scheme is the path, literally. */
  url?: string
  /** How long an operation may take, in ms: another process may hold the lock for writing. Default: 5,000. */
  timeout?: number
}

const FORMS = 'params of the driver "disk" are { dir: "./sessions" } or { url: "disk:./sessions" }'
/** What is left of `disk://` when the path was forgotten, or was an empty variable. */
const ROOT = /^\/+$/

/** Returns the absolute path of the folder, and the timeout. Throws InvalidOptionError if a param cannot be used. */
export function checkedOptions(params: DiskParams) {
  checkDriverOptions('disk', params, { dir: true, url: true, timeout: true })
  const { dir, url } = params
  if (dir !== undefined && url !== undefined) throw new InvalidOptionError(`${FORMS}, not both`)
  const path = url === undefined ? dir : pathIn(url)
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw new InvalidOptionError(FORMS)
  if (ROOT.test(path)) throw new InvalidOptionError(`${FORMS}; the root folder is not one to keep data in`)
  return { directory: resolve(path), timeout: checkedTimeout('disk', params.timeout) }
}

export type Options = ReturnType<typeof checkedOptions>

function pathIn(url: unknown): string {
  if (typeof url !== 'string' || !/^disk:/i.test(url)) throw new InvalidOptionError(FORMS)
  const path = url.slice('disk:'.length)
  if (!/^\/\/[^/]/.test(path)) return path
  throw new InvalidOptionError(
    'a disk URL has no host: write disk:./dir for a relative path, disk:/dir for an absolute',
  )
}
