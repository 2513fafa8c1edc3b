import { fstatSync, readSync } from 'node:fs'
import { ConnectError } from '@sessionbank/databank-kit'

/**
 * Layout in bytes, as in LMDB's mdb.c: the first two pages hold a state each (`MDB_meta`), with two trees (`MDB_db`). The
 * page size stands in the first of these.
 */
const [PAGE_FLAGS, PAGE_LOWER, PAGE_HEADER] = [18, 20, 24]
const [MAGIC, VERSION, FREE_TREE, MAIN_TREE, LAST_PAGE, TRANSACTION, STATE_BYTES] = [24, 28, 48, 96, 144, 152, 160]
const [TREE_DEPTH, TREE_ROOT, TREE_BYTES] = [6, 40, 48]
const NO_PAGE = 0xffff_ffff_ffff_ffffn
/** An entry of a page (`MDB_node`): the number of the page below it in a branch, a value in a leaf. */
const [NODE_FLAGS, NODE_KEY_BYTES, NODE_HEADER] = [4, 6, 8]
const [IS_BRANCH, IS_LEAF, IS_META, IS_TREE] = [0x01, 0x02, 0x08, 0x02]

/** How often to look again, and after how many ms. */
const [ATTEMPTS, PAUSE] = [10, 10]

/** Throws ConnectError if LMDB could not open this data.mdb, or its end is missing. */
export function assertWhole(file: number): void {
  const page = read(file, 0, PAGE_HEADER + NODE_HEADER)
  const isMeta = page && (page.readUInt16LE(PAGE_FLAGS) & IS_META) !== 0
  if (page && !(isMeta && page.readUInt32LE(MAGIC) === 0xbeefc0de && page.readUInt16LE(VERSION) === 2)) {
    throw new ConnectError('its data.mdb is damaged or of another program; restore a backup or name another folder')
  }
  if (page && !isCutOff(file)) return
  throw new ConnectError('its data.mdb is damaged: its end is missing; restore a backup or name another folder')
}

/**
 * Returns whether the end is missing, as after a copy that broke off. LMDB maps the file into memory, and the kernel ends
 * the process that reads beyond its end. The size does not tell, as pages at the end that are free need not have been
 * written: so if the file is shorter than its newest state says, that state's trees are searched for a page that is missing.
 */
export function isCutOff(file: number): boolean {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state = newestState(file)
    if (state && !lacksPages(file, state)) return false
    // Another process may be writing: no page of a state is used anew while it is the newest. Or it is making the file.
    const now = newestState(file)
    if (state && now && transactionOf(state) === transactionOf(now)) return true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
  }
  return newestState(file) === null
}

/** Returns what the newest transaction has left; null if the file ends before that. */
function newestState(file: number): Buffer | null {
  const first = read(file, 0, STATE_BYTES)
  const second = first && read(file, first.readUInt32LE(FREE_TREE), STATE_BYTES)
  if (!second) return null
  return transactionOf(first) > transactionOf(second) ? first : second
}

function transactionOf(state: Buffer): bigint {
  return state.readBigUInt64LE(TRANSACTION)
}

function lacksPages(file: number, state: Buffer): boolean {
  const pageSize = state.readUInt32LE(FREE_TREE)
  const pages = Math.floor(fstatSync(file).size / pageSize)
  if (pages > Number(state.readBigUInt64LE(LAST_PAGE))) return false

  const lacksIn = (tree: Buffer, isMain: boolean): boolean => {
    const root = tree.readBigUInt64LE(TREE_ROOT)
    return root !== NO_PAGE && lacksBelow(Number(root), tree.readUInt16LE(TREE_DEPTH), isMain)
  }
  /** The leaves of the main tree hold the other trees; those of others are not read. */
  const lacksBelow = (number: number, depth: number, isMain: boolean): boolean => {
    if (number >= pages) return true
    const page = depth > 1 || isMain ? read(file, number * pageSize, pageSize) : null
    if (!page) return false
    if (depth > 1) return nodesIn(page, IS_BRANCH).some((node) => lacksBelow(node.readUIntLE(0, 6), depth - 1, isMain))
    return treesIn(page).some((tree) => lacksIn(tree, false))
  }
  return lacksIn(state.subarray(FREE_TREE), false) || lacksIn(state.subarray(MAIN_TREE), true)
}

function treesIn(leaf: Buffer): Buffer[] {
  return nodesIn(leaf, IS_LEAF)
    .filter((node) => node.readUInt16LE(NODE_FLAGS) === IS_TREE)
    .map((node) => node.subarray(NODE_HEADER + node.readUInt16LE(NODE_KEY_BYTES)))
    .filter((tree) => tree.length >= TREE_BYTES)
}

/** Returns the page from each of its entries on; none if it is of another kind, or was written anew meanwhile. */
function nodesIn(page: Buffer, kind: number): Buffer[] {
  if ((page.readUInt16LE(PAGE_FLAGS) & (IS_BRANCH | IS_LEAF)) !== kind) return []
  const count = Math.min(page.readUInt16LE(PAGE_LOWER) >> 1, (page.length - PAGE_HEADER) >> 1)
  const starts = Array.from({ length: count }, (_, n) => PAGE_HEADER + page.readUInt16LE(PAGE_HEADER + 2 * n))
  return starts.map((start) => page.subarray(start)).filter((node) => node.length >= NODE_HEADER)
}

function read(file: number, position: number, bytes: number): Buffer | null {
  const buffer = Buffer.alloc(bytes)
  return readSync(file, buffer, 0, bytes, position) === bytes ? buffer : null
}
