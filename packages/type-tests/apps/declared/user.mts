/** What the apps of this folder keep in a session under `user`. */
export interface User {
  id: number
  role: 'admin' | 'user'
  since: Date
  tags: string[]
  team?: { name: string; lead: User | null }
}
