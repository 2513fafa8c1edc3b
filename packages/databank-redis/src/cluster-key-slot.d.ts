/** The npm package `cluster-key-slot` ships no types. */
declare module 'cluster-key-slot' {
  /** Returns the slot of a key in a cluster. */
  export default function slotOf(key: string): number
}
