import type { JsonScalar } from '@sessionbank/databank-kit'
import type { AnyData, SessionData } from './to-session.ts'

declare const noScalar: unique symbol

/** Stands for the value of a field that no session can be found by, so that a compiler's error names the field. */
export interface NoScalarAt<Field extends string> {
  readonly [noScalar]: Field
}

/**
 * The values that a dotted field of a session can have: `number` for `user.id` of `{ user?: { id: number } | null }`. A
 * field whose name is known at run time only may have any, and so may one in what has no types.
 */
export type ScalarAt<Data extends object, Field extends string> = string extends Field
  ? JsonScalar
  : OrNoScalar<ScalarIn<SessionData<Data>, Field> | (Field extends 'sid' ? string : never), Field>

type OrNoScalar<Value, Field extends string> = [Value] extends [never] ? NoScalarAt<Field> : Value

/** Follows one path and lists no others, so that a type may be as large as it wants, or contain itself. */
type ScalarIn<Value, Field extends string> = unknown extends Value
  ? JsonScalar
  : Value extends object
    ? Value extends AnyFunction
      ? never
      : [keyof Value] extends [never]
        ? JsonScalar
        : Field extends `${infer Key}.${infer Rest}`
          ? ScalarIn<Member<Value, Key>, Rest>
          : ScalarOf<Member<Value, Field>>
    : never

type ScalarOf<Value> = unknown extends Value ? JsonScalar : Extract<Value, JsonScalar>

/** The value under a key as JSON has it. Items of an array have numbers as keys. */
type Member<Value, Key extends string> = Key extends keyof Value
  ? Json<Value[Key]>
  : Key extends `${infer Index extends number}`
    ? Index extends keyof Value
      ? Json<Value[Index]>
      : never
    : never

type Json<Value> = Value extends { toJSON(...args: never[]): infer Shown } ? Shown : Value

type AnyFunction = (...args: never[]) => unknown

/** Dotted field names, each with the value that it has to have, compared strictly: `42` is not `'42'`. */
export type Criteria<Data extends object = AnyData, Field extends string = string> = {
  [Name in Field]: ScalarAt<Data, Name>
}

/** The criteria that `find` takes: an object of scalars, for whose keys an editor suggests the fields of two levels. */
export type CheckedCriteria<Data extends object, Field extends string> = Criteria<Data, Field> &
  Record<string, JsonScalar> &
  Suggested<Data>

type Suggested<Data> = { [Field in FieldsOf<Data> | NestedFieldsOf<Data>]?: JsonScalar }

type FieldsOf<Value, Prefix extends string = ''> = Value extends readonly unknown[] | AnyFunction
  ? never
  : Value extends object
    ? {
        [Key in keyof Value & string]-?: string extends Key
          ? never
          : [ScalarIn<Value, Key>] extends [never]
            ? never
            : `${Prefix}${Key}`
      }[keyof Value & string]
    : never

type NestedFieldsOf<Value> = Value extends object
  ? {
      [Key in keyof Value & string]-?: string extends Key ? never : FieldsOf<Json<Value[Key]>, `${Key}.`>
    }[keyof Value & string]
  : never
