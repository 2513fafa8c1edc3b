declare module 'kruptein' {
  /** Encrypts and decrypts as connect-mongo does. */
  export default function kruptein(options: object): {
    get(secret: string, text: string, callback: (error: unknown, plain: unknown) => void): void
  }
}
