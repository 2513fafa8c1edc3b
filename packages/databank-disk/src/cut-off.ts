import { fstatSync, readSync } from 'node:fs'

/**
 * Whether the end of an LMDB file is missing: a file that was copied in part, or truncated. LMDB maps the file into
 * memory, and the kernel ends the process that reads beyond its end.
 *
 * A file may be shorter than its last page says: pages at the end that are free need not have been written. So the trees
 * are walked, and only a page that is in use and not there is a sign. It holds only for one state of the file, which
 * other processes may be writing to: no page of a state is used anew while it is the newest.
 */
export function isCutOff(file: number): boolean {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state = newestState(file)
    if (state === NO_STATE) return false
    if (state === TOO_SHORT) pause()
    else if (!lacksPages(file, state)) return false
    else if (isStill(file, state)) return true
  }
  return newestState(file) === TOO_SHORT
}

const ATTEMPTS = 10
/** In ms. Another process may be making the file just now; and nothing of this one may come between look and opening. */
const PAUSE = 10

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
}

function isStill(file: number, { transaction }: State): boolean {
  const state = newestState(file)
  return typeof state === 'object' && state.transaction === transaction
}

/** Layout of LMDB's pages, in bytes, and of its two first ones, which hold a state each (`MDB_meta` in its mdb.c). */
const PAGE_HEADER = 24
const FLAGS = 18
const LOWER = 20
const BRANCH = 0x01
const LEAF = 0x02
const PAGE_SIZE = PAGE_HEADER + 24
const FREE_TREE = PAGE_SIZE
const MAIN_TREE = FREE_TREE + 48
const LAST_PAGE = MAIN_TREE + 48
const TRANSACTION = LAST_PAGE + 8
const STATE_BYTES = TRANSACTION + 8
/** Of a tree (`MDB_db`). */
const DEPTH = 6
const ROOT = 40
const NO_PAGE = 0xffff_ffff_ffff_ffffn
/** Of an entry of a page (`MDB_node`). */
const NODE_HEADER = 8
const NODE_FLAGS = 4
const KEY_BYTES = 6
const IS_TREE = 0x02

interface Tree {
  root: number
  depth: number
}

/** What the newest transaction has left. */
interface State {
  pageSize: number
  lastPage: number
  transaction: bigint
  free: Tree | null
  main: Tree | null
}

const TOO_SHORT = 'too short'
const NO_STATE = 'no state'

function newestState(file: number): State | typeof TOO_SHORT | typeof NO_STATE {
  const first = read(file, 0, STATE_BYTES)
  if (!first) return TOO_SHORT
  const pageSize = first.readUInt32LE(PAGE_SIZE)
  if (pageSize < 512 || pageSize > 65_536) return NO_STATE
  const second = read(file, pageSize, STATE_BYTES)
  if (!second) return TOO_SHORT
  const newest = first.readBigUInt64LE(TRANSACTION) > second.readBigUInt64LE(TRANSACTION) ? first : second
  return {
    pageSize,
    lastPage: Number(newest.readBigUInt64LE(LAST_PAGE)),
    transaction: newest.readBigUInt64LE(TRANSACTION),
    free: treeAt(newest, FREE_TREE),
    main: treeAt(newest, MAIN_TREE),
  }
}

function treeAt(bytes: Buffer, offset: number): Tree | null {
  const root = bytes.readBigUInt64LE(offset + ROOT)
  return root === NO_PAGE ? null : { root: Number(root), depth: bytes.readUInt16LE(offset + DEPTH) }
}

function lacksPages(file: number, { pageSize, lastPage, free, main }: State): boolean {
  const pages = Math.floor(fstatSync(file).size / pageSize)
  if (pages > lastPage) return false
  return new Walk(file, pageSize, pages).findsGap([free, main])
}

class Walk {
  readonly #file: number
  readonly #pageSize: number
  readonly #pages: number

  constructor(file: number, pageSize: number, pages: number) {
    this.#file = file
    this.#pageSize = pageSize
    this.#pages = pages
  }

  /** Leaves are looked at in the main tree alone, whose entries are the other trees. */
  findsGap([free, main]: [Tree | null, Tree | null]): boolean {
    if (free && this.#below(free.root, free.depth, null)) return true
    const named: Tree[] = []
    if (main && this.#below(main.root, main.depth, named)) return true
    return named.some(({ root, depth }) => this.#below(root, depth, null))
  }

  /** Whether this page or one below it is missing. The trees that its leaves hold are added to `named`. */
  #below(number: number, depth: number, named: Tree[] | null): boolean {
    if (number >= this.#pages) return true
    if (depth <= 1 && !named) return false
    const page = read(this.#file, number * this.#pageSize, this.#pageSize)
    if (!page) return false
    if (depth > 1) return childrenIn(page).some((child) => this.#below(child, depth - 1, named))
    named?.push(...treesIn(page))
    return false
  }
}

function childrenIn(page: Buffer): number[] {
  return nodesIn(page, BRANCH).map((at) => page.readUIntLE(at, NODE_FLAGS + 2))
}

function treesIn(page: Buffer): Tree[] {
  const trees: Tree[] = []
  for (const at of nodesIn(page, LEAF)) {
    const data = at + NODE_HEADER + page.readUInt16LE(at + KEY_BYTES)
    if (page.readUInt16LE(at + NODE_FLAGS) !== IS_TREE || data + ROOT + 8 > page.length) continue
    const tree = treeAt(page, data)
    if (tree) trees.push(tree)
  }
  return trees
}

/** Where the entries of a page begin; none where it is another kind of page. */
function nodesIn(page: Buffer, kind: number): number[] {
  if ((page.readUInt16LE(FLAGS) & (BRANCH | LEAF)) !== kind) return []
  const count = Math.min(page.readUInt16LE(LOWER) >> 1, (page.length - PAGE_HEADER) >> 1)
  return Array.from({ length: count }, (_, n) => page.readUInt16LE(PAGE_HEADER + 2 * n) + PAGE_HEADER).filter(
    (at) => at + NODE_HEADER <= page.length,
  )
}

function read(file: number, position: number, bytes: number): Buffer | null {
  const buffer = Buffer.alloc(bytes)
  return readSync(file, buffer, 0, bytes, position) === bytes ? buffer : null
}
