/** PostgreSQL's `text` holds no NUL, and UTF-8 no lone surrogate: one would arrive as another text. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text)
}
