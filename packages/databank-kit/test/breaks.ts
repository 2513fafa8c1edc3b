import {
  type BankConnection,
  type Callback,
  checkedExpiry,
  type Databank,
  holds,
  InvalidIdError,
  InvalidValueError,
  type JsonScalar,
  laterExpiry,
  type Records,
  type Schema,
  type StoredRecord,
  Turns,
  valueAt,
  type WriteOptions,
} from '../src/index.ts'
import { ReferenceDatabank, type ReferenceRecords } from './reference-databank.ts'

export type Tables = Map<string, Map<string, StoredRecord>>

/** A driver that breaks one promise of the contract. */
interface Break {
  /** The name of the test that must fail. */
  noticedBy: string
  /** The methods in which it differs from the reference driver. */
  records?(records: ReferenceRecords, tables: Tables, type: string): Partial<Records>
  bank?(bank: Databank, tables: Tables): Partial<Databank & BankConnection> & { records?(type: string): Records }
  /** True if each connection has its own tables. */
  forgets?: true
}

/** Opens the reference driver with one break. */
export async function openBroken(how: Break, schema: Schema, shared: Tables): Promise<Databank> {
  const tables: Tables = how.forgets ? new Map() : shared
  class BrokenDatabank extends ReferenceDatabank {
    protected override _records(type: string): ReferenceRecords {
      const records = super._records(type)
      // The driver's own use of its records is not affected by the break.
      const whole = super._records(type)
      return Object.assign(records, how.records?.(whole, tables, type)) as ReferenceRecords
    }
  }
  const bank = new BrokenDatabank({ schema }, tables)
  await new Promise<void>((resolve) => bank.connect({}, () => resolve()))
  return Object.assign(bank, how.bank?.(bank, tables)) as Databank
}

/** Writes changed content. */
function bending(bend: (json: string) => string): Pick<Break, 'records'> {
  return { records: (records) => ({ write: (id, json, options) => records.write(id, bend(json), options) }) }
}

/** Changes all parts of the parsed text before a write. */
function bendingValues(bend: (key: string, value: unknown) => unknown): Pick<Break, 'records'> {
  return bending((json) => JSON.stringify(JSON.parse(json, bend)))
}

/** Stores records under changed ids. */
function bendingIds(bend: (id: string) => string): Pick<Break, 'records'> {
  return {
    records: (records) => ({
      read: (id) => records.read(bend(id)),
      write: (id, json, options) => records.write(bend(id), json, options),
      touch: (id, expires, options) => records.touch(bend(id), expires, options),
      delete: (id) => records.delete(bend(id)),
    }),
  }
}

function bendingExpiry(bend: (expires: number | null) => number | null): Pick<Break, 'records'> {
  return {
    records: (records) => ({
      write: (id, json, options) => records.write(id, json, { ...options, expires: bend(options.expires) }),
      touch: (id, expires, options) => records.touch(id, bend(expires), options),
    }),
  }
}

function finding(matches: (found: unknown, wanted: unknown) => boolean): Pick<Break, 'records'> {
  return {
    records: (records) => ({
      async *find(field, wanted) {
        for await (const entry of records.entries()) {
          if (matches(valueAt(JSON.parse(entry[1].json), field), wanted)) yield entry
        }
      },
    }),
  }
}

/** Reads first and writes later, like two calls to a database without a transaction. */
function lookingFirst(writes: (ifRevision: WriteOptions['ifRevision']) => boolean): Pick<Break, 'records'> {
  return {
    records: (records) => ({
      async write(id, json, { expires, ifRevision }) {
        const record = await records.read(id)
        if (ifRevision !== undefined && ifRevision !== (record?.revision ?? null)) return null
        if (writes(ifRevision)) await new Promise((resolve) => setImmediate(resolve))
        return records.write(id, json, { expires })
      },
    }),
  }
}

/** Reads, compares and writes in three steps, one write after another: atomic only within one connection. */
function queueing(writes: (ifRevision: WriteOptions['ifRevision']) => boolean): Pick<Break, 'records'> {
  return {
    records: (records) => {
      const looking = lookingFirst(writes).records?.(records, new Map(), '') as Pick<Records, 'write'>
      const turns = new Turns()
      return { write: (id, json, options) => turns.run('all', () => looking.write(id, json, options)) }
    },
  }
}

/** Stores an expiry without a check. */
function unchecked(check: (expires: unknown) => unknown): Pick<Break, 'records'> {
  return {
    records: (r) => ({
      async write(id, json, { expires, ...options }) {
        const end = check(expires) as number | null
        const revision = await r.write(id, json, { ...options, expires: null })
        if (revision !== null) r.table.set(id, { json, revision, expires: end })
        return revision
      },
      async touch(id, expires, options) {
        const end = check(expires) as number | null
        if (!(await r.touch(id, null, options))) return false
        r.table.set(id, { ...(r.table.get(id) as StoredRecord), expires: end })
        return true
      },
    }),
  }
}

function extending(extend: boolean): Pick<Break, 'records'> {
  return {
    records: (r) => ({
      write: (id, json, options) => r.write(id, json, { ...options, extend }),
      touch: (id, expires, options) => r.touch(id, expires, { ...options, extend }),
    }),
  }
}

async function* all(table: Map<string, StoredRecord>): AsyncGenerator<[string, StoredRecord]> {
  for (const [id, record] of table) yield [id, { ...record }]
}

/** At least one break for each promise of the contract. */
export const BREAKS: Record<string, Break> = {
  'has synchronous writes that do nothing': {
    noticedBy: 'writes, touches and deletes synchronously with the same results, if it can',
    records: () => ({ sync: { write: () => 'r', touch: () => true, delete: () => true } }),
  },
  'returns different records from readNow and from read': {
    noticedBy: 'returns the same from readNow as from read, if it has readNow',
    records: () => ({ readNow: () => null }),
  },
  'returns a record for an id that does not exist': {
    noticedBy: 'returns null for an id that does not exist',
    records: (r) => ({ read: async (id) => (await r.read(id)) ?? { json: '{}', revision: '', expires: null } }),
  },
  'rounds the expiry to seconds': {
    noticedBy: 'returns exactly the text and the expiry that were written',
    ...bendingExpiry((expires) => expires && Math.round(expires / 1_000) * 1_000 + 1),
  },
  'adds a space to the text': {
    noticedBy: 'returns exactly the text and the expiry that were written',
    ...bending((json) => `${json} `),
  },
  'keeps the old expiry when a record is written': {
    noticedBy: 'replaces content and expiry together',
    records: (r) => ({
      async write(id, json, options) {
        const before = r.table.get(id)
        return r.write(id, json, { ...options, expires: options.expires ?? before?.expires ?? null })
      },
    }),
  },
  'uses the length of the text as the revision': {
    noticedBy: 'returns a new revision when the content changes',
    records: (r) => ({
      async write(id, json, options) {
        if ((await r.write(id, json, options)) === null) return null
        const revision = String(json.length)
        r.table.set(id, { ...(r.table.get(id) as StoredRecord), revision })
        return revision
      },
    }),
  },
  'returns true from delete for a missing record': {
    noticedBy: 'returns whether a deleted record existed',
    records: (r) => ({ delete: async (id) => (await r.delete(id)) || true }),
  },
  'deletes nothing': {
    noticedBy: 'returns whether a deleted record existed',
    records: (r) => ({ delete: async (id) => r.isLive(r.table.get(id)) }),
  },
  'has one table for all types': {
    noticedBy: 'keeps records with the same id but different types apart',
    bank: (_bank, tables) => {
      const table = new Map<string, StoredRecord>()
      tables.set = function (this: Tables, type) {
        return Map.prototype.set.call(this, type, table) as Tables
      }
      tables.get = () => table
      return {}
    },
  },
  'leaves out a record in a long stream': {
    noticedBy: 'streams every record once while nothing changes',
    records: (r) => ({
      async *entries() {
        let position = 0
        for await (const entry of r.entries()) if (++position !== 500) yield entry
      },
    }),
  },
  'counts only one page': {
    noticedBy: 'streams every record once while nothing changes',
    records: (r) => ({ count: async () => Math.min(await r.count(), 1_000) }),
  },
  'streams records without their expiry': {
    noticedBy: 'streams records with text, revision and expiry',
    records: (r) => ({
      async *entries() {
        for await (const [id, record] of r.entries()) yield [id, { ...record, expires: null }]
      },
    }),
  },
  'holds a lock until a stream ends': {
    noticedBy: 'allows leaving a stream early, and deleting records during a stream',
    records: (r) => {
      let streams = 0
      return {
        async *entries() {
          streams++
          try {
            yield* r.entries()
          } finally {
            streams--
          }
        },
        delete: async (id) => streams === 0 && r.delete(id),
      }
    },
  },
  'clears all types': {
    noticedBy: 'clears one type and leaves others alone',
    records: (_r, tables) => ({
      async clear() {
        for (const table of tables.values()) table.clear()
      },
    }),
  },
  'does not clear records that have an expiry': {
    noticedBy: 'clears one type and leaves others alone',
    records: (r) => ({
      async clear() {
        for (const [id, record] of r.table) if (record.expires === null) r.table.delete(id)
      },
    }),
  },
  'treats more than 30 days as a date, as memcached and Couchbase do': {
    noticedBy: 'keeps an expiry that is more than 30 days away',
    ...bendingExpiry((expires) => expires && Math.min(expires, Date.now() + 30 * 86_400_000)),
  },
  'forgets everything with the connection': { noticedBy: 'shows all records to a second connection', forgets: true },
  'continues after it was disconnected': {
    noticedBy: 'rejects calls after a disconnect',
    bank: (bank) => {
      const opened = new Map<string, Records>()
      const open = (bank as unknown as { _records(type: string): Records })._records.bind(bank)
      return {
        records(type) {
          const records = opened.get(type) ?? open(type)
          opened.set(type, records)
          return records
        },
      }
    },
  },

  'treats an expiry after 2038 as past': {
    noticedBy: 'keeps an expiry in the years 2040, 2107 and 9999',
    ...bendingExpiry((expires) => (expires !== null && expires / 1_000 > 2 ** 31 ? 0 : expires)),
  },
  'treats an expiry after 2106 as never': {
    noticedBy: 'keeps an expiry in the years 2040, 2107 and 9999',
    ...bendingExpiry((expires) => (expires !== null && expires / 1_000 > 2 ** 32 ? null : expires)),
  },

  'returns a different revision from the one that it stores': {
    noticedBy: 'writes if the given revision is the current one',
    records: (r) => ({
      async write(id, json, options) {
        const revision = await r.write(id, json, options)
        return revision && `${revision}'`
      },
    }),
  },
  'keeps the old expiry in a conditional write': {
    noticedBy: 'sets the expiry in a conditional write',
    records: (r) => ({
      write: (id, json, { expires, ...options }) =>
        r.write(id, json, {
          expires: typeof options.ifRevision === 'string' ? (r.table.get(id)?.expires ?? null) : expires,
          ...options,
        }),
    }),
  },
  'creates without an expiry': {
    noticedBy: 'sets the expiry of a record that it creates',
    records: (r) => ({
      write: (id, json, options) =>
        r.write(id, json, options.ifRevision === null ? { ...options, expires: null } : options),
    }),
  },
  'writes with any revision': {
    noticedBy: 'writes nothing if the given revision has been replaced',
    records: (r) => ({
      write: (id, json, { expires, ifRevision }) =>
        r.write(id, json, ifRevision === null ? { expires, ifRevision } : { expires }),
    }),
  },
  'returns null from a write that was done': {
    noticedBy: 'writes nothing if the given revision has been replaced',
    records: (r) => ({
      async write(id, json, options) {
        const revision = await r.write(id, json, options)
        if (revision === null && typeof options.ifRevision === 'string' && r.table.has(id)) {
          await r.write(id, json, { expires: options.expires })
        }
        return revision
      },
    }),
  },
  'recreates a deleted record with its old revision': {
    noticedBy: 'does not recreate a deleted record with its old revision',
    records: (r) => ({
      write: (id, json, { expires, ifRevision }) =>
        r.write(id, json, r.table.has(id) && ifRevision !== undefined ? { expires, ifRevision } : { expires }),
    }),
  },
  'creates a record by a touch': {
    noticedBy: 'does not recreate a deleted record with its old revision',
    records: (r) => ({
      async touch(id, expires, options) {
        if (!r.table.has(id)) await r.write(id, '{}', { expires })
        return r.touch(id, expires, options)
      },
    }),
  },
  'writes on the revision of an expired record': {
    noticedBy: 'does not revive an expired record with its old revision',
    records: (r) => ({
      async write(id, json, { expires, ifRevision }) {
        const isThere = typeof ifRevision === 'string' && r.table.get(id)?.revision === ifRevision
        return r.write(id, json, isThere || ifRevision === undefined ? { expires } : { expires, ifRevision })
      },
    }),
  },
  'revives an expired record by a touch': {
    noticedBy: 'does not revive an expired record with its old revision',
    records: (r) => ({
      async touch(id, expires) {
        const record = r.table.get(id)
        if (record) r.table.set(id, { ...record, expires })
        return record !== undefined
      },
    }),
  },
  'overwrites a record that it should create': {
    noticedBy: 'creates a record only if there is none or an expired one',
    records: (r) => ({
      write: (id, json, { expires, ifRevision }) =>
        r.write(id, json, ifRevision == null ? { expires } : { expires, ifRevision }),
    }),
  },
  'does not create a record in place of an expired one': {
    noticedBy: 'creates a record only if there is none or an expired one',
    records: (r) => ({
      write: async (id, json, options) =>
        options.ifRevision === null && r.table.has(id) ? null : r.write(id, json, options),
    }),
  },
  'reads before it creates': {
    noticedBy: 'accepts one of many concurrent creations',
    ...lookingFirst((ifRevision) => ifRevision === null),
  },
  'reads before it writes': {
    noticedBy: 'accepts one of many concurrent writes on the same revision',
    ...lookingFirst((ifRevision) => typeof ifRevision === 'string'),
  },
  'queues creations per connection': {
    noticedBy: 'accepts one of many concurrent creations by two connections',
    ...queueing((ifRevision) => ifRevision === null),
  },
  'queues writes per connection': {
    noticedBy: 'accepts one of many concurrent writes by two connections on the same revision',
    ...queueing((ifRevision) => typeof ifRevision === 'string'),
  },
  'checks the revision, and accepts the last of concurrent writes': {
    noticedBy: 'loses no increment of concurrent writers that retry',
    ...lookingFirst(() => true),
  },

  'changes the content in a touch': {
    noticedBy: 'changes only the expiry in a touch',
    records: (r) => ({
      async touch(id, expires, options) {
        const touched = await r.touch(id, expires, options)
        const record = r.table.get(id)
        if (touched && record) r.table.set(id, { ...record, json: '{"sid":"a","touched":true}' })
        return touched
      },
    }),
  },
  'changes the revision in a touch': {
    noticedBy: 'changes only the expiry in a touch',
    records: (r) => ({
      async touch(id, expires, options) {
        const touched = await r.touch(id, expires, options)
        const record = r.table.get(id)
        if (touched && record) r.table.set(id, { ...record, revision: `${record.revision}'` })
        return touched
      },
    }),
  },
  'does not touch': {
    noticedBy: 'changes only the expiry in a touch',
    records: (r) => ({ touch: async (id) => (await r.read(id)) !== null }),
  },
  'cannot remove an expiry': {
    noticedBy: 'removes and restores an expiry by touches',
    records: (r) => ({ touch: async (id, expires, options) => expires === null || r.touch(id, expires, options) }),
  },
  'touches with any revision': {
    noticedBy: 'touches only the given revision',
    records: (r) => ({ touch: (id, expires) => r.touch(id, expires) }),
  },
  'touches with any revision if it removes the expiry': {
    noticedBy: 'touches only the given revision',
    records: (r) => ({
      touch: (id, expires, options) => (expires === null ? r.touch(id, expires) : r.touch(id, expires, options)),
    }),
  },
  'stores any expiry': {
    noticedBy: 'refuses an invalid expiry and keeps the stored record',
    ...unchecked((expires) => expires),
  },
  'accepts a date or a text as an expiry': {
    noticedBy: 'refuses an invalid expiry and keeps the stored record',
    ...unchecked((expires) => (typeof expires === 'number' ? expires : new Date(expires as never).getTime())),
  },
  'stores infinity': {
    noticedBy: 'stores an infinite expiry as never, and any other within the range of a Date',
    ...unchecked((expires) => (expires === Number.POSITIVE_INFINITY ? expires : checkedExpiry(expires))),
  },
  'stores an expiry beyond the range of a Date': {
    noticedBy: 'stores an infinite expiry as never, and any other within the range of a Date',
    ...unchecked((expires) => (expires === Number.MAX_VALUE ? expires : checkedExpiry(expires))),
  },
  'stores a fraction of a millisecond': {
    noticedBy: 'truncates an expiry to whole milliseconds',
    ...unchecked((expires) => (typeof expires === 'number' && expires % 1 > 0 ? expires : checkedExpiry(expires))),
  },
  'reads expired records': {
    noticedBy: 'hides an expired record from every call',
    records: (r) => ({ read: async (id) => r.table.get(id) ?? null }),
  },
  'lists expired records': {
    noticedBy: 'hides an expired record from every call',
    records: (r) => ({ entries: () => all(r.table) }),
  },
  'finds expired records': {
    noticedBy: 'hides an expired record from every call',
    records: (r) => ({
      async *find(field, value) {
        for await (const entry of all(r.table)) if (valueAt(JSON.parse(entry[1].json), field) === value) yield entry
      },
    }),
  },
  'counts expired records': {
    noticedBy: 'hides an expired record from every call',
    records: (r) => ({ count: async () => r.table.size }),
  },
  'does not count expired records that are not removed yet': {
    noticedBy: 'counts the expired records that it has not removed yet',
    records: () => ({ countExpired: async () => 0 }),
  },
  'hides an expired record only after a sweep': {
    noticedBy: 'hides a record as soon as its expiry passes',
    records(r) {
      const seen = new Set<string>()
      return {
        async read(id) {
          const record = await r.read(id)
          if (record) seen.add(id)
          return record ?? (seen.has(id) ? (r.table.get(id) ?? null) : null)
        },
      }
    },
  },
  'removes live records in deleteExpired': {
    noticedBy: 'deletes up to the given number of expired records, and no live ones',
    records: (r) => ({
      async deleteExpired(limit) {
        for (const [id, { expires }] of r.table) if (expires !== null) r.table.delete(id)
        return r.deleteExpired(limit)
      },
    }),
  },
  'removes more records than the limit of deleteExpired': {
    noticedBy: 'deletes up to the given number of expired records, and no live ones',
    records: (r) => ({ deleteExpired: () => r.deleteExpired(Number.POSITIVE_INFINITY) }),
  },
  'removes nothing in deleteExpired': {
    noticedBy: 'deletes up to the given number of expired records, and no live ones',
    records: () => ({ deleteExpired: async () => 0 }),
  },
  'removes records by their first expiry': {
    noticedBy: 'does not delete expired records that have been touched or rewritten',
    records: (r) => {
      const due = new Map<string, number | null>()
      return {
        write(id, json, options) {
          if (!due.has(id)) due.set(id, options.expires)
          return r.write(id, json, options)
        },
        async deleteExpired(limit) {
          const dead = [...due].filter(([, expires]) => expires !== null && expires <= Date.now()).slice(0, limit)
          for (const [id] of dead) r.table.delete(id)
          for (const [id] of dead) due.delete(id)
          return dead.length
        },
      }
    },
  },
  'removes expired records of other types': {
    noticedBy: 'deletes expired records of one type only',
    records: (r, tables) => ({
      async deleteExpired(limit) {
        for (const table of tables.values()) {
          if (table !== r.table) for (const [id, record] of table) if (!r.isLive(record)) table.delete(id)
        }
        return r.deleteExpired(limit)
      },
    }),
  },

  'ignores extend': {
    noticedBy: 'never shortens the expiry in a write with extend',
    ...extending(false),
  },
  'supports extend only in touches': {
    noticedBy: 'keeps the expiry that a touch set before a write with extend',
    records: (r) => ({ write: (id, json, options) => r.write(id, json, { ...options, extend: false }) }),
  },
  'supports extend only in writes': {
    noticedBy: 'never shortens the expiry in a touch with extend',
    records: (r) => ({ touch: (id, expires, options) => r.touch(id, expires, { ...options, extend: false }) }),
  },
  'sets an expiry on a record that never ends': {
    noticedBy: 'never shortens the expiry in a touch with extend',
    records: (r) => ({
      touch(id, expires, options) {
        const endless = r.table.get(id)?.expires === null
        return r.touch(id, expires, endless ? { ...options, extend: false } : options)
      },
    }),
  },
  'does not extend an expiry to never': {
    noticedBy: 'never shortens the expiry in a write with extend',
    records: (r) => ({
      write: (id, json, options) =>
        r.write(id, json, options.extend ? { ...options, expires: options.expires ?? 0 } : options),
    }),
  },
  'returns false from a touch of a record that ends later': {
    noticedBy: 'never shortens the expiry in a touch with extend',
    records: (r) => ({
      async touch(id, expires, options) {
        const before = r.table.get(id)?.expires
        return (await r.touch(id, expires, options)) && !(options?.extend && r.table.get(id)?.expires === before)
      },
    }),
  },
  'always extends': {
    noticedBy: 'shortens the expiry in a write or touch without extend',
    ...extending(true),
  },
  'extends with any revision': {
    noticedBy: 'extends no record whose revision has been replaced',
    records: (r) => ({
      touch: (id, expires, options) =>
        options?.extend ? r.touch(id, expires, { extend: true }) : r.touch(id, expires, options),
    }),
  },
  'extends expired records': {
    noticedBy: 'extends no expired record',
    records: (r) => ({
      async touch(id, expires, options) {
        const record = r.table.get(id)
        if (options?.extend && record) r.table.set(id, { ...record, expires: null })
        return r.touch(id, expires, options)
      },
    }),
  },
  'extends from an expiry that it read before the write': {
    noticedBy: 'keeps the expiry that a touch set before a write with extend',
    records: (r) => {
      const ends = new Map<string, number | null>()
      return {
        write(id, json, options) {
          const known = ends.get(id)
          if (!ends.has(id)) ends.set(id, options.expires)
          const end = options.extend && known !== undefined ? laterExpiry(known, options.expires) : options.expires
          return r.write(id, json, { ...options, expires: end, extend: false })
        },
      }
    },
  },

  'treats a dot in a key as a path': {
    noticedBy: 'stores dots, dollars and empty keys',
    ...bending((json) => json.replaceAll('a.b', 'a_b')),
  },
  'loses __proto__ when it copies': {
    noticedBy: 'stores names on Object.prototype as keys',
    ...bendingValues((_key, value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      const copy: Record<string, unknown> = {}
      for (const [key, each] of Object.entries(value)) copy[key] = each
      return copy
    }),
  },
  'truncates text at a NUL': {
    noticedBy: 'stores NUL in keys and strings',
    ...bendingValues((_key, value) => (typeof value === 'string' ? value.split('\u0000')[0] : value)),
  },
  'replaces lone surrogates': {
    noticedBy: 'stores lone surrogates',
    ...bendingValues((_key, value) => (typeof value === 'string' ? Buffer.from(value).toString() : value)),
  },
  'keeps fifteen digits of a number': {
    noticedBy: 'stores numbers to the last bit',
    ...bendingValues((_key, value) => (typeof value === 'number' ? Number(value.toPrecision(15)) : value)),
  },
  'keeps 32 bits of an integer': {
    noticedBy: 'stores large integers',
    ...bendingValues((_key, value) => (Number.isInteger(value) ? (value as number) | 0 : value)),
  },
  'converts text that looks like another type': {
    noticedBy: 'stores text that looks like dates, numbers or SQL',
    ...bendingValues((_key, value) => (value === '123' ? 123 : value)),
  },
  'normalizes text': { noticedBy: 'stores text in many scripts', ...bending((json) => json.normalize('NFC')) },
  'leaves out null values': {
    noticedBy: 'stores empty values',
    ...bendingValues((_key, value) => value ?? undefined),
  },
  'sorts keys': {
    noticedBy: 'stores the order of keys',
    ...bendingValues((_key, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
    ),
  },
  'interprets the types of BSON': {
    noticedBy: 'stores keys with a meaning in BSON',
    ...bendingValues((key, value) => (key === '_bsontype' ? undefined : value)),
  },
  'parses and rewrites the text': {
    noticedBy: 'returns the exact text of a record',
    ...bendingValues((_key, value) => value),
  },
  'trims the text': {
    noticedBy: 'returns the exact text of a record',
    ...bending((json) => json.trim()),
  },
  'writes a negative zero as zero': {
    noticedBy: 'returns the exact text of a record',
    ...bending((json) => json.replace(/-0(?=[,}])/, '0')),
  },
  'keeps one of two equal keys': {
    noticedBy: 'returns the exact text of a record',
    ...bending((json) => (json.includes('"n":1,"n":2') ? JSON.stringify(JSON.parse(json)) : json)),
  },
  'replaces lone surrogates in the text': {
    noticedBy: 'keeps the value of a text with lone surrogates',
    ...bending((json) => Buffer.from(json).toString()),
  },
  'refuses 60 levels': {
    noticedBy: 'stores 100 levels of arrays and objects',
    ...bending((json) => {
      if (/\[{60}|(\{"a":){60}/.test(json)) throw new InvalidValueError('the value is too deep')
      return json
    }),
  },
  'stores at most half a MiB': {
    noticedBy: 'stores a text of 1 MiB',
    ...bending((json) => (json.length > 500_000 ? '{"sid":"a"}' : json)),
  },
  'lower-cases ids': {
    noticedBy: 'keeps records with hostile or similar ids apart',
    ...bendingIds((id) => id.toLowerCase()),
  },
  'trims ids': { noticedBy: 'keeps records with hostile or similar ids apart', ...bendingIds((id) => id.trim()) },
  'normalizes ids': {
    noticedBy: 'keeps records with hostile or similar ids apart',
    ...bendingIds((id) => id.normalize('NFC')),
  },
  'truncates ids': {
    noticedBy: 'keeps records with hostile or similar ids apart',
    ...bendingIds((id) => id.slice(0, 180)),
  },
  'converts an id that looks like a number': {
    noticedBy: 'keeps records with hostile or similar ids apart',
    ...bendingIds((id) => (/^\d+$/.test(id) ? String(Number(id)) : id)),
  },
  'changes an unusual id': {
    noticedBy: 'stores a record under an unusual id, or refuses the id with InvalidIdError',
    ...bendingIds((id) => id.replaceAll('\u0000', '')),
  },
  'refuses an unusual id, and fails to read it': {
    noticedBy: 'stores a record under an unusual id, or refuses the id with InvalidIdError',
    ...bendingIds((id) => {
      if (id.includes('\u0000')) throw new InvalidIdError('an id cannot hold a NUL')
      return id
    }),
  },

  'ignores tokens': {
    noticedBy: 'finds live records by the tokens that their last write set',
    records: () => ({ async *candidates() {} }),
  },
  'finds a record once for each of its tokens': {
    noticedBy: 'finds live records by the tokens that their last write set',
    records: (r) => ({
      async *candidates(_field, tokens) {
        for (const _ of tokens) yield* r.entries()
      },
    }),
  },
  'finds only records that were written with the index': {
    noticedBy: 'finds records that were written before their field was indexed',
    records: (r) => ({
      async *find(field, value) {
        for await (const entry of r.find(field, value)) if (entry[0] !== 'older') yield entry
      },
    }),
  },
  'does not support dotted paths': {
    noticedBy: 'finds by an indexed field, by a dotted path and by a field without an index',
    records: (r) => ({
      async *find(field, value) {
        for await (const entry of r.entries()) if (JSON.parse(entry[1].json)[field] === value) yield entry
      },
    }),
  },
  'finds records by their first content': {
    noticedBy: 'finds a record by its current content only',
    records: (r) => {
      const first = new Map<string, string>()
      return {
        write(id, json, options) {
          if (!first.has(id)) first.set(id, json)
          return r.write(id, json, options)
        },
        async *find(field, value) {
          for await (const entry of r.entries()) {
            if (valueAt(JSON.parse(first.get(entry[0]) ?? '{}'), field) === value) yield entry
          }
        },
      }
    },
  },
  'treats a number as its text': {
    noticedBy: 'distinguishes numbers from strings, null from missing fields and true from 1',
    ...finding((found, wanted) => String(found) === String(wanted)),
  },
  'treats a missing field as null': {
    noticedBy: 'distinguishes numbers from strings, null from missing fields and true from 1',
    ...finding((found, wanted) => (found ?? null) === wanted),
  },
  'compares only the first 128 characters': {
    noticedBy: 'finds long, hostile and similar values',
    ...finding((found, wanted) => {
      if (typeof found !== 'string' || typeof wanted !== 'string') return found === wanted
      return found.slice(0, 128) === wanted.slice(0, 128)
    }),
  },
  'searches in arrays': {
    noticedBy: 'ignores objects and arrays in indexed fields',
    ...finding((found, wanted) => found === wanted || (Array.isArray(found) && found.includes(wanted))),
  },
  'finds by any value': {
    noticedBy: 'refuses to find by a value that is not a JSON scalar, such as a query operator',
    bank: (bank) => {
      const recordsOf = (bank as ReferenceDatabank).records.bind(bank)
      // Bypasses the check that all drivers share.
      async function* find(records: Records, field: string, value: JsonScalar) {
        for await (const entry of records.entries()) if (holds(entry[1], field, value)) yield entry
      }
      return {
        records: (type) => {
          const records = recordsOf(type)
          return new Proxy(records, {
            get: (target, name) =>
              name === 'find' ? find.bind(null, records) : Reflect.get(target, name).bind(target),
          })
        },
      }
    },
  },
  'distinguishes -0 from 0 with an index': {
    noticedBy: 'finds the same numbers and texts, in any spelling, with and without an index',
    ...finding((found, wanted) => Object.is(found, wanted)),
  },
  'treats a path as a key': {
    noticedBy: 'does not find a key that contains a dot by a dotted path',
    records: (r) => ({
      async *find(field, value) {
        for await (const entry of r.entries()) {
          if (holds(entry[1], field, value) || JSON.parse(entry[1].json)[field] === value) yield entry
        }
      },
    }),
  },
  'treats a value as an operator': {
    noticedBy: 'does not treat search criteria as query operators',
    bank: (bank) => {
      const search = bank.search.bind(bank)
      return {
        search(type, criteria, onResult, done) {
          const isOperator = JSON.stringify(criteria).includes('"$')
          search(type, isOperator ? {} : criteria, onResult, done)
        },
      }
    },
  },
  'finds cleared records': {
    noticedBy: 'removes the index entries of cleared records',
    records: (r) => {
      const cleared: [string, StoredRecord][] = []
      return {
        async clear() {
          cleared.push(...r.table)
          await r.clear()
        },
        async *find(field, value) {
          yield* r.find(field, value)
          for (const entry of cleared) if (valueAt(JSON.parse(entry[1].json), field) === value) yield entry
        },
      }
    },
  },

  'finds at most 100 records': {
    noticedBy: 'finds each of many records, by a field with an index and by a field without one',
    records: (r) => ({
      async *find(field, value) {
        let found = 0
        for await (const entry of r.find(field, value)) if (++found <= 100) yield entry
      },
    }),
  },
  'finds at most 1,000 records without an index': {
    noticedBy: 'finds each of many records, by a field with an index and by a field without one',
    records: (r) => ({
      async *find(field, value) {
        let looked = 0
        for await (const entry of r.find(field, value)) if (field === 'user' || ++looked <= 1_000) yield entry
      },
    }),
  },
  'fails in find if one record is not JSON': {
    noticedBy: 'skips a record that is not JSON in find',
    ...finding((found, wanted) => found === wanted),
  },
  'stops in find at a record that is not JSON': {
    noticedBy: 'skips a record that is not JSON in find',
    records: (r) => ({
      async *find(field, value) {
        for await (const entry of r.entries()) {
          if (entry[1].json.startsWith('this is not')) return
          if (holds(entry[1], field, value)) yield entry
        }
      },
    }),
  },
  'drops records that are not JSON': {
    noticedBy: 'skips a record that is not JSON in find',
    records: (r) => ({
      write: async (id, json, options) => (json.startsWith('this is not') ? 'lost' : r.write(id, json, options)),
    }),
  },

  'increments in two steps': {
    noticedBy: 'counts each of many concurrent increments',
    bank: (bank) => ({
      incr(type, id, done) {
        bank.read<number>(type, id, (_error, value) => bank.save(type, id, (value ?? 0) + 1, done))
      },
    }),
  },
  'appends in two steps': {
    noticedBy: 'keeps all items that are appended concurrently',
    bank: (bank) => ({
      append(type, id, item, done) {
        bank.read<unknown[]>(type, id, (_error, list) => bank.save(type, id, [...(list ?? []), item], () => done(null)))
      },
    }),
  },
  'never expires a session saved by connect-databank': {
    noticedBy: 'expires a session saved by connect-databank with its cookie',
    bank: (bank, tables) => {
      const save = bank.save.bind(bank)
      return {
        save(type, id, value, done) {
          save(type, id, value, (error, saved) => {
            const table = tables.get(type)
            const record = table?.get(id)
            if (record) table?.set(id, { ...record, expires: null })
            done(error, saved)
          })
        },
      }
    },
  },
  'drops the expiry in an update': {
    noticedBy: 'keeps the expiry of a record when its value is updated',
    bank: (bank) => ({ update: (type, id, value, done) => bank.save(type, id, value, done) }),
  },
  'searches by the first criterion only': {
    noticedBy: 'searches by several criteria, with and without an index',
    bank: (bank) => {
      const search = bank.search.bind(bank)
      return {
        search: (type, criteria, onResult, done) =>
          search(type, Object.fromEntries(Object.entries(criteria).slice(0, 1)), onResult, done),
      }
    },
  },
  'compares strictly if there is an index': {
    noticedBy: 'returns the same search results with and without an index',
    bank: (bank) => {
      const scan = bank.search.bind(bank)
      return {
        search(type, criteria, onResult, done) {
          const indexed = Object.hasOwn((bank as ReferenceDatabank).schema[type] ?? {}, 'indices')
          const isStrict = (value: unknown) => valueAt(value, 'user') === criteria.user
          scan(type, criteria, (value) => (!indexed || isStrict(value)) && onResult(value as never), done)
        },
      }
    },
  },
  'fails in search if one record is not JSON': {
    noticedBy: 'skips a record that is not JSON in searches and scans',
    bank: (bank) => ({
      search(type, criteria, onResult, done) {
        const search = async () => {
          for await (const [, { json }] of (bank as ReferenceDatabank).records(type).entries()) {
            const value = JSON.parse(json)
            if (bank instanceof ReferenceDatabank && bank.matchesCriteria(value, criteria)) onResult(value)
          }
        }
        search().then(
          () => done(null),
          (error) => done(error),
        )
      },
    }),
  },
  'quotes a refused id': {
    noticedBy: 'shows no id and no content in an error',
    records: (records) => ({
      async write(id, json, options) {
        if (id.length > 10_000) throw new InvalidIdError(`the id ${id} is too long`)
        return records.write(id, json, options)
      },
    }),
  },
  'quotes a record that is not JSON': {
    noticedBy: 'shows no content in the error for a record that is not JSON',
    bank: (bank) => ({
      read(type, id, done) {
        const parse = (record: StoredRecord | null) => JSON.parse(record?.json ?? 'null')
        const failed = (error: unknown) => done(new InvalidValueError('not JSON', error), undefined as never)
        ;(bank as ReferenceDatabank)
          .records(type)
          .read(id)
          .then(parse)
          .then((value) => done(null, value), failed)
      },
    }),
  },
  'quotes the id when it is not connected': {
    noticedBy: 'shows no id and no content in the error of a disconnected bank',
    bank: (bank) => {
      const whole = (bank as ReferenceDatabank).records.bind(bank)
      return {
        records: (type) => {
          const records = whole(type)
          const write = records.write.bind(records)
          const quoting: Records['write'] = (id, json, options) => {
            return write(id, json, options).catch(({ message }) => Promise.reject(new Error(`${message}: ${id}`)))
          }
          return Object.assign(records, { write: quoting })
        },
      }
    },
  },
  'returns undefined for a missing item': {
    noticedBy: 'rejects an index beyond the end of an array',
    bank: (bank) => ({
      item(type, id, index, done) {
        bank.read<unknown[]>(type, id, (error, array) => done(error, array?.[index] as never))
      },
    }),
  },
  'saves undefined as null': {
    noticedBy: 'refuses a value that is not JSON and keeps the stored one',
    bank: (bank, tables) => {
      const save = bank.save.bind(bank)
      return {
        save(type, id, value, done) {
          if (value === undefined) tables.get(type)?.delete(id)
          save(type, id, value ?? (null as never), done)
        },
      }
    },
  },
  'answers a ping after a disconnect': {
    noticedBy: 'answers a ping while it is connected, by promise or callback',
    bank: () => ({
      async ping(done?: Callback) {
        done?.(null)
      },
    }),
  },
}
