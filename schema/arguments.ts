import {
  defaultFieldResolver,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLFieldResolver,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql'
import type { UserFault } from './context.ts'
import { faultError } from './errors.ts'
import { checkPage, type PageArguments } from './page.ts'
import { textFault } from './text.ts'

/** How much may be given: the doors hold whole requests to it before anything is made of them, the schema each argument. */
export const BOUNDS = {
  /** Objects and lists within each other. */
  depth: 32,
  /** Values in all. */
  values: 50_000,
  /** Values of one object or list. */
  items: 2_000,
  /** Characters of a key and of a text, but for those that are {@link LONG_TEXT}. */
  line: 500,
  /** Characters of a long text, and of one within free-form JSON. */
  text: 20_000,
} as const

/** The extensions of an argument that is a text of many lines. */
export const LONG_TEXT = { longText: true } as const

type Arguments = Readonly<Record<string, unknown>>
type Definition = GraphQLArgument | GraphQLInputField

/** What ends a walk over arguments. */
class Refused extends Error {
  readonly path: readonly string[]

  constructor(path: readonly string[], what: string) {
    super(what)
    this.path = path
  }
}

function checkText(text: string, most: number, path: () => readonly string[]): void {
  if (text.length > most) throw new Refused(path(), `has ${text.length} characters, and may have ${most}`)
  const fault = textFault(text)
  if (fault !== null) throw new Refused(path(), fault)
}

function checkKey(key: string, path: () => readonly string[]): void {
  checkText(key, BOUNDS.line, path)
  // Some ways through the code would take it for the object's own prototype, and lose it.
  if (key === '__proto__') throw new Refused(path(), 'has the key "__proto__", which nothing may have')
}

/** A value within free-form JSON, with the way back to where it stands. */
interface Place {
  readonly value: unknown
  readonly key: string
  readonly within: Place | null
  readonly depth: number
}

function pathOf(place: Place | null, before: readonly string[]): readonly string[] {
  const keys: string[] = []
  for (let one = place; one !== null && one.within !== null; one = one.within) keys.push(one.key)
  return [...before, ...keys.reverse()]
}

/** Checks free-form JSON; not by recursion, and in time that grows with its size alone. */
function checkJson(json: unknown, before: readonly string[]): void {
  const open: Place[] = [{ value: json, key: '', within: null, depth: 0 }]
  let values = 0
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, depth } = place
    const here = place
    const path = (): readonly string[] => pathOf(here, before)
    if (++values > BOUNDS.values) throw new Refused(before, `holds more than ${BOUNDS.values} values`)
    if (typeof value === 'string') checkText(value, BOUNDS.text, path)
    else if (typeof value === 'number' && !Number.isFinite(value)) throw new Refused(path(), 'is no number')
    if (typeof value !== 'object' || value === null) continue
    if (depth >= BOUNDS.depth) throw new Refused(before, `is nested deeper than ${BOUNDS.depth}`)
    const entries = Object.entries(value)
    if (entries.length > BOUNDS.items) throw new Refused(path(), `holds more than ${BOUNDS.items} values`)
    for (const [key, item] of entries.reverse()) {
      if (!Array.isArray(value)) checkKey(key, path)
      open.push({ value: item, key, within: place, depth: depth + 1 })
    }
  }
}

/** Checks a value of a type. @returns it, with its text composed. */
function checked(type: GraphQLInputType, value: unknown, path: readonly string[], most: number): unknown {
  if (value === null || value === undefined) return value
  const inner = getNullableType(type)
  if (isListType(inner)) {
    if (!Array.isArray(value)) return value
    if (value.length > BOUNDS.items) throw new Refused(path, `holds more than ${BOUNDS.items} values`)
    return value.map((item, index) => checked(inner.ofType as GraphQLInputType, item, [...path, String(index)], most))
  }
  if (isInputObjectType(inner)) return checkedFields(Object.values(inner.getFields()), value as Arguments, path)
  if (inner.name === 'JSON') checkJson(value, path)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Refused(path, 'is no number')
  if (typeof value !== 'string' || (inner.name !== 'String' && inner.name !== 'ID')) return value
  checkText(value, most, () => path)
  return value.normalize('NFC')
}

function checkedFields(definitions: readonly Definition[], values: Arguments, path: readonly string[]): Arguments {
  const result: Record<string, unknown> = { ...values }
  for (const { name, type, extensions } of definitions) {
    if (!(name in values)) continue
    const most = extensions['longText'] === true ? BOUNDS.text : BOUNDS.line
    result[name] = checked(type, values[name], [...path, name], most)
  }
  return result
}

/** Looks at the arguments of a field, however deep. @returns them with their text composed, or what is wrong. */
export function readArguments(
  definitions: readonly Definition[],
  args: Arguments,
): { readonly args: Arguments } | { readonly fault: UserFault } {
  try {
    return { args: checkedFields(definitions, args, []) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { path, message } = error
    return { fault: { code: 'BAD_USER_INPUT', path, message: `"${path.join('.')}" ${message}.` } }
  }
}

function guarded(
  definitions: readonly GraphQLArgument[],
  resolve: GraphQLFieldResolver<unknown, unknown>,
): GraphQLFieldResolver<unknown, unknown> {
  const isPaged = ['first', 'last'].every((name) => definitions.some((definition) => definition.name === name))
  return (root, given: Arguments, context, info) => {
    // Whatever is selected of the page, if anything is.
    if (isPaged) checkPage(given as PageArguments)
    const read = readArguments(definitions, given)
    if ('fault' in read) throw faultError([read.fault])
    return resolve(root, read.args, context, info)
  }
}

/**
 * The one check of all that a client gives, as a variable or within the document, before anything else looks at it: texts
 * that can be kept and shown, lists and free-form JSON within {@link BOUNDS}, pages of a size. What is not so is refused with
 * BAD_USER_INPUT and its path.
 */
export function guardArguments(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      // A subscription's arguments are looked at once, when it begins, and not with each event.
      if (field.subscribe === undefined) field.resolve = guarded(field.args, field.resolve ?? defaultFieldResolver)
      else field.subscribe = guarded(field.args, field.subscribe)
    }
  }
  return schema
}
