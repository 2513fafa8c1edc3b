import type { JsonScalar } from '@sessionbank/databank-kit'
import type { AnyData, SessionData } from './to-session.ts'

declare const noScalar: unique symbol

/** Stands for the value of a field that `find` cannot search, so that the compiler's error names the field. */
export interface NoScalarAt<Field extends string> {
  readonly [noScalar]: Field
}

/**
 * The values that a dotted field of a session can have: `number` for `user.id` of
 * `{ user?: { id: number } | null }`. Any scalar if the field's name is known only at run time, or if the session has
 * no types.
 */
export type ScalarAt<Data extends object, Field extends string> = string extends Field
  ? JsonScalar
  : OrNoScalar<ScalarIn<SessionData<Data>, Field> | (Field extends 'sid' ? string : never), Field>

type OrNoScalar<Value, Field extends string> = [Value] extends [never] ? NoScalarAt<Field> : Value

/** Follows a single path instead of listing all, so that a type may be large or recursive. */
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

/** The type of the value under a key, as JSON stores it. Items of an array have numbers as keys. */
type Member<Value, Key extends string> = Key extends keyof Value
  ? Json<Value[Key]>
  : Key extends `${infer Index extends number}`
    ? Index extends keyof Value
      ? Json<Value[Index]>
      : never
    : never

type Json<Value> = Value extends { toJSON(...args: never[]): infer Shown } ? Shown : Value

type AnyFunction = (...args: never[]) => unknown

/** Dotted field names with the values to search for, compared strictly: `42` does not match `'42'`. */
export type Criteria<Data extends object = AnyData, Field extends string = string> = {
  [Name in Field]: ScalarAt<Data, Name>
}

/** The criteria of `find`: an object of scalars. Editors suggest the fields of two levels as keys. */
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
