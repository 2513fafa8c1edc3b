/** Types of the npm package `cluster-key-slot`, which has none. */
declare module 'cluster-key-slot' {
  /** Returns the slot of a key in a cluster. */
  export default function slotOf(key: string): number
}
