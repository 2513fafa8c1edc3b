/** The type of `user` in the sessions of this folder's apps. */
export interface User {
  id: number
  role: 'admin' | 'user'
  since: Date
  tags: string[]
  team?: { name: string; lead: User | null }
}
