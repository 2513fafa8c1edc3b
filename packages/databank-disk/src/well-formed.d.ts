/** Of ES2024; every Node that is supported has it. */
interface String {
  isWellFormed(): boolean
}
