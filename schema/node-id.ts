import { decodeGlobalID, encodeGlobalID } from '@pothos/plugin-relay'
import type { Outcome, UserFault } from './context.ts'
import { badInput } from './errors.ts'

/** The types that have global ids. */
export type NodeName = 'Simulation' | 'Algorithm' | 'Configuration'

const NODE_NAMES: readonly string[] = ['Simulation', 'Algorithm', 'Configuration'] satisfies readonly NodeName[]
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether something is the database id of a run. */
export function isUuid(id: unknown): boolean {
  return typeof id === 'string' && UUID.test(id)
}

/** The global id of a database id. */
export function nodeId(name: NodeName, id: string): string {
  return encodeGlobalID(name, id)
}

function split(globalId: string): { typename: string; id: string } | null {
  try {
    const { typename, id } = decodeGlobalID(globalId)
    if (!NODE_NAMES.includes(typename) || id === '') return null
    return typename === 'Simulation' && !isUuid(id) ? null : { typename, id }
  } catch {
    // The library's own message speaks of its internals; the caller says what is wrong in the user's words.
    return null
  }
}

/** Reads any global id. @throws GraphQLError, for a person, where it is none of ours. */
export function decodeNodeId(globalId: string): { typename: string; id: string } {
  const decoded = split(globalId)
  if (decoded === null) throw badInput(`"${globalId.slice(0, 100)}" is not an id of this API.`, 'BAD_ID')
  return decoded
}

/** Reads a global id that must be one of `name`; gives the database id. */
export function readNodeId(globalId: string, name: NodeName, path: readonly string[]): Outcome<string> {
  const decoded = split(globalId)
  if (decoded?.typename === name) return { ok: true, value: decoded.id }
  const message =
    decoded === null
      ? `"${globalId.slice(0, 100)}" is not an id of this API.`
      : `This is the id of ${decoded.typename === 'Algorithm' ? 'an' : 'a'} ${decoded.typename}, and a ${name}'s is needed.`
  const fault: UserFault = { message, path, code: 'BAD_ID' }
  return { ok: false, faults: [fault] }
}

/** As {@link readNodeId}, for fields that have no `userErrors`. @throws GraphQLError. */
export function requireNodeId(globalId: string, name: NodeName): string {
  const read = readNodeId(globalId, name, ['id'])
  if (read.ok) return read.value
  throw badInput(read.faults[0]?.message ?? 'This is not an id of this API.', 'BAD_ID')
}
