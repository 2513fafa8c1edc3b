import {
  checkDriverOptions,
  checkedTimeout,
  type DriverOptions,
  expiryOf,
  InvalidOptionError,
  type OptionNames,
} from '@sessionbank/databank-kit'

/** The options of the driver `sessionbank-memory`, which `memory:` opens. All are optional. */
export interface MemoryParams extends DriverOptions {
  /** `memory:`, without a host or a path. */
  url?: string
  /** Maximum number of records of all types. Above it, the least recently used are removed. Default: no limit. */
  maxRecords?: number
  /**
   * Maximum bytes of all records: their ids and texts in UTF-8. Above it, the least recently used are removed. A single
   * record that is larger is rejected. Default: no limit.
   */
  maxTotalBytes?: number
  /** Initial values by type and id, written at each `connect`, as in databank's own memory driver. */
  data?: Record<string, Record<string, unknown>>
  /** Has no effect, because no operation waits. Accepted so that an app can change its driver by the URL alone. */
  timeout?: number
}

const PARAMS: OptionNames<MemoryParams> = {
  url: true,
  maxRecords: true,
  maxTotalBytes: true,
  data: true,
  timeout: true,
  schema: true,
  driver: true,
}

/** Returns the limits and the initial data. Throws InvalidOptionError if an option is invalid. */
export function checkedOptions(params: MemoryParams) {
  checkDriverOptions('memory', params, PARAMS)
  const { url } = params
  if (url !== undefined && !(typeof url === 'string' && /^memory:(\/\/)?$/i.test(url))) {
    throw new InvalidOptionError(
      'the URL of a memory bank must be "memory:"; pass its options as an object, such as { maxRecords: 100_000 }',
    )
  }
  checkedTimeout('memory', params.timeout)
  return {
    maxRecords: checkedLimit('maxRecords', params.maxRecords),
    maxTotalBytes: checkedLimit('maxTotalBytes', params.maxTotalBytes),
    data: checkedData(params.data),
  }
}

export type Options = ReturnType<typeof checkedOptions>

function checkedLimit(name: string, limit: unknown = Number.POSITIVE_INFINITY): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && (limit as number) > 0))
    return limit as number
  throw new InvalidOptionError(`\`${name}\` of the memory driver must be a whole number above 0`)
}

interface Value {
  id: string
  json: string
  expires: number | null
}

/** Converts the data to JSON at once, so that later changes by the app do not affect the initial values. */
function checkedData(data: unknown = {}): [type: string, values: Value[]][] {
  if (!isObject(data) || !Object.values(data).every(isObject)) throw new InvalidOptionError(DATA)
  return Object.entries(data).map(([type, values]) => [
    type,
    Object.entries(values as object).map(([id, value]) => ({ id, json: jsonOf(value), expires: expiryOf(value) })),
  ])
}

const DATA = '`data` of the memory driver must hold JSON values by type and id, such as {session: {abc: {user: "ann"}}}'

function jsonOf(value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch {}
  if (json === undefined) throw new InvalidOptionError(DATA)
  return json
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
