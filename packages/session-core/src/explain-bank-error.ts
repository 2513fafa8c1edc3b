import { SessionbankError } from '@sessionbank/databank-kit'
import { BankFailedError, BankNotConnectedError } from './errors.ts'

/**
 * What the app gets for a bank's error: a code of ours, never one like ENOENT, which Express and Fastify take for "no
 * session"; and no session id, which databank's own messages tell.
 */
export function explainBankError(error: unknown, sid?: string): Error {
  if (error instanceof SessionbankError) return error
  const { name, code, message } = (error ?? {}) as { name?: string; code?: unknown; message?: string }
  if (typeof code === 'string' && code.startsWith('SESSIONBANK_')) return error as Error
  if (name === 'NotConnectedError') return new BankNotConnectedError()
  const text = typeof message === 'string' ? message : String(error)
  if (sid === undefined || !text.includes(sid)) return new BankFailedError(text, error)
  return new BankFailedError(text.replaceAll(sid, '…'))
}
