import { defaultFieldResolver, isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import type { UserFault } from './context.ts'
import { faultError } from './errors.ts'

/** What PostgreSQL cannot keep: NUL, and half of a surrogate pair, which is no character and has no UTF-8. */
const UNSTORABLE = /[\0\p{Surrogate}]/u

/** The first text within arguments, however deep, keys of free-form JSON included, that cannot be kept; null: none. */
export function unstorableText(args: Readonly<Record<string, unknown>>): UserFault | null {
  // Not by recursion: free-form JSON may be nested deeper than the stack reaches.
  const open: { value: unknown; path: readonly string[] }[] = [{ value: args, path: [] }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next
    if (typeof value === 'string' && UNSTORABLE.test(value)) return faultAt(path)
    if (typeof value !== 'object' || value === null) continue
    for (const [key, item] of Object.entries(value).reverse()) {
      if (UNSTORABLE.test(key)) return faultAt(path)
      open.push({ value: item, path: [...path, key] })
    }
  }
  return null
}

function faultAt(path: readonly string[]): UserFault {
  const message = `The text of "${path.join('.')}" holds what is no character: NUL, or half of a surrogate pair.`
  return { code: 'BAD_USER_INPUT', path, message }
}

function guarded(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (root, args: Readonly<Record<string, unknown>>, context, info) => {
    const fault = unstorableText(args)
    if (fault !== null) throw faultError([fault])
    return resolve(root, args, context, info)
  }
}

/**
 * The one check of every text a client sends, as a variable or within the document: a field whose arguments hold a text
 * that cannot be kept is refused with BAD_USER_INPUT and the argument's path, before anything else looks at it.
 */
export function guardText(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      // A subscription's arguments are looked at once, when it begins, and not with each event.
      if (field.subscribe === undefined) field.resolve = guarded(field.resolve ?? defaultFieldResolver)
      else field.subscribe = guarded(field.subscribe)
    }
  }
  return schema
}
