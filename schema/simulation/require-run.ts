import type { Context } from '../context.ts'
import { badInput } from '../errors.ts'
import { requireNodeId } from '../node-id.ts'

/** The database id of a run that exists. @throws GraphQLError, for a person. */
export async function requireRun(globalId: string, context: Context): Promise<string> {
  const id = requireNodeId(globalId, 'Simulation')
  const found = await context.prisma.simulation.findUnique({ where: { id }, select: { id: true } })
  if (found === null) throw badInput('There is no simulation with this id.', 'NOT_FOUND')
  return id
}
