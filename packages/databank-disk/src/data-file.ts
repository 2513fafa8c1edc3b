import { fstatSync, readSync } from 'node:fs'
import { ConnectError } from '@sessionbank/databank-kit'

/** Byte offsets in LMDB's pages: `MDB_page`, `MDB_meta`, `MDB_db` and `MDB_node` in its mdb.c. */
const PAGE = { flags: 18, lower: 20, header: 24 }
/** Each of the first two pages holds a state. The page size is the first field of the tree of free pages. */
const STATE = { magic: 24, version: 28, freeTree: 48, mainTree: 96, lastPage: 144, transaction: 152, bytes: 160 }
const TREE = { depth: 6, root: 40, bytes: 48 }
/** An entry of a page. In a branch page it begins with the number of its child page. */
const NODE = { flags: 4, keyBytes: 6, header: 8 }

const PAGE_FLAGS = { branch: 0x01, leaf: 0x02, meta: 0x08 }
const NODE_IS_TREE = 0x02
const NO_PAGE = 0xffff_ffff_ffff_ffffn
const MAGIC = 0xbeefc0de
const VERSION = 2

/** How often to check again whether a file is too short, and the pause between checks in ms. */
const ATTEMPTS = 10
const PAUSE = 10

/** Throws ConnectError if this data.mdb is not an LMDB file, or is truncated. */
export function assertWhole(file: number): void {
  const page = read(file, 0, STATE.freeTree)
  if (page && !isOurs(page)) {
    throw new ConnectError('its data.mdb is damaged or from another program; restore a backup or name another folder')
  }
  if (page && !isCutOff(file)) return
  throw new ConnectError('its data.mdb is damaged: its end is missing; restore a backup or name another folder')
}

function isOurs(page: Buffer): boolean {
  const isMeta = (page.readUInt16LE(PAGE.flags) & PAGE_FLAGS.meta) !== 0
  return isMeta && page.readUInt32LE(STATE.magic) === MAGIC && page.readUInt16LE(STATE.version) === VERSION
}

/**
 * Returns true if the end of the file is missing, for example after an interrupted copy. LMDB maps the file into
 * memory, and the kernel kills a process that reads beyond its end. The size alone is no proof, because free pages at
 * the end may never have been written. So if the file is shorter than its newest state says, the trees of that state
 * are searched for a missing page.
 */
export function isCutOff(file: number): boolean {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state = newestState(file)
    if (state && !lacksPages(file, state)) return false
    // Another process may be writing or creating the file. The pages of a state are not reused while it is the newest.
    const now = newestState(file)
    if (state && now && transactionOf(state) === transactionOf(now)) return true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
  }
  return newestState(file) === null
}

/** Returns the state of the newest transaction, or null if the file ends before it. */
function newestState(file: number): Buffer | null {
  const first = read(file, 0, STATE.bytes)
  const second = first && read(file, first.readUInt32LE(STATE.freeTree), STATE.bytes)
  if (!second) return null
  return transactionOf(first) > transactionOf(second) ? first : second
}

function transactionOf(state: Buffer): bigint {
  return state.readBigUInt64LE(STATE.transaction)
}

function lacksPages(file: number, state: Buffer): boolean {
  const pageSize = state.readUInt32LE(STATE.freeTree)
  const pages = Math.floor(fstatSync(file).size / pageSize)
  if (pages > Number(state.readBigUInt64LE(STATE.lastPage))) return false

  const lacksIn = (tree: Buffer, isMain: boolean): boolean => {
    const root = tree.readBigUInt64LE(TREE.root)
    return root !== NO_PAGE && lacksBelow(Number(root), tree.readUInt16LE(TREE.depth), isMain)
  }
  /**
   * Reads the leaves of the main tree, because they contain the roots of the other trees. Does not read other leaves.
   */
  const lacksBelow = (number: number, depth: number, isMain: boolean): boolean => {
    if (number >= pages) return true
    const page = depth > 1 || isMain ? read(file, number * pageSize, pageSize) : null
    if (!page) return false
    if (depth > 1)
      return nodesIn(page, PAGE_FLAGS.branch).some((node) => lacksBelow(node.readUIntLE(0, 6), depth - 1, isMain))
    return treesIn(page).some((tree) => lacksIn(tree, false))
  }
  return lacksIn(state.subarray(STATE.freeTree), false) || lacksIn(state.subarray(STATE.mainTree), true)
}

function treesIn(leaf: Buffer): Buffer[] {
  return nodesIn(leaf, PAGE_FLAGS.leaf)
    .filter((node) => node.readUInt16LE(NODE.flags) === NODE_IS_TREE)
    .map((node) => node.subarray(NODE.header + node.readUInt16LE(NODE.keyBytes)))
    .filter((tree) => tree.length >= TREE.bytes)
}

/**
 * Returns for each entry the part of the page that begins with it. Returns none if the page is of another kind, or was
 * overwritten meanwhile.
 */
function nodesIn(page: Buffer, kind: number): Buffer[] {
  if ((page.readUInt16LE(PAGE.flags) & (PAGE_FLAGS.branch | PAGE_FLAGS.leaf)) !== kind) return []
  const count = Math.min(page.readUInt16LE(PAGE.lower) >> 1, (page.length - PAGE.header) >> 1)
  const starts = Array.from({ length: count }, (_, n) => PAGE.header + page.readUInt16LE(PAGE.header + 2 * n))
  return starts.map((start) => page.subarray(start)).filter((node) => node.length >= NODE.header)
}

function read(file: number, position: number, bytes: number): Buffer | null {
  const buffer = Buffer.alloc(bytes)
  return readSync(file, buffer, 0, bytes, position) === bytes ? buffer : null
}
