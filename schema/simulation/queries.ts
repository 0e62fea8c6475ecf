import { builder } from '../builder.ts'
import { badInput } from '../errors.ts'
import { isUuid, requireNodeId } from '../node-id.ts'
import { DEFAULT_PAGE, MAX_PAGE, pageCost } from '../page.ts'
import { SimulationFilter, simulationWhere } from './filter.ts'
import { Simulation } from './simulation.ts'

const OrderField = builder.enumType('SimulationOrderField', {
  values: {
    CREATED_AT: {},
    ENDED_AT: {},
    ALGORITHM: {},
    STATUS: {},
    NET_PROFIT: { description: 'Of the run so far, some seconds old while it is on; 0 before there are figures.' },
  },
})
const OrderDirection = builder.enumType('OrderDirection', { values: ['ASC', 'DESC'] })

const SimulationOrder = builder.inputType('SimulationOrder', {
  fields: (t) => ({
    field: t.field({ type: OrderField, required: true, defaultValue: 'CREATED_AT' }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'DESC' }),
  }),
})

const COLUMNS = {
  CREATED_AT: 'createdAt',
  ENDED_AT: 'endedAt',
  ALGORITHM: 'algorithm',
  STATUS: 'status',
  NET_PROFIT: 'netProfit',
} as const

/** Refuses a cursor that is well made and yet points at no run's id. @throws GraphQLError, for a person. */
function checkCursor(query: { readonly cursor?: { readonly id?: unknown } | undefined }): void {
  if (query.cursor !== undefined && !isUuid(query.cursor.id))
    throw badInput('"after" or "before" is not a cursor of this list.', 'BAD_CURSOR')
}

/** What runs are sorted by; the id makes the order one and the same on every page. */
function orderOf(order: typeof SimulationOrder.$inferInput | null | undefined) {
  const column = COLUMNS[order?.field ?? 'CREATED_AT']
  const direction = order?.direction === 'ASC' ? ('asc' as const) : ('desc' as const)
  const sort = column === 'endedAt' ? { sort: direction, nulls: 'last' as const } : direction
  return [{ [column]: sort }, { id: direction }]
}

builder.queryField('simulation', (t) =>
  t.prismaField({
    type: Simulation,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, args, context) =>
      context.prisma.simulation.findUnique({ ...query, where: { id: requireNodeId(args.id, 'Simulation') } }),
  }),
)

builder.queryField('simulatorParametersSchema', (t) =>
  t.field({
    type: 'JSON',
    description: "JSON Schema of the simulator's parameters: titles, units, ranges and defaults.",
    resolve: (_root, _args, context) => context.simulatorParametersSchema,
  }),
)

builder.queryField('simulations', (t) =>
  t.prismaConnection({
    type: Simulation,
    cursor: 'id',
    defaultSize: DEFAULT_PAGE,
    maxSize: MAX_PAGE,
    complexity: pageCost,
    description: 'Newest first, unless told otherwise.',
    args: { filter: t.arg({ type: SimulationFilter }), orderBy: t.arg({ type: SimulationOrder }) },
    totalCount: (_connection, args, context) => context.heavy.simulation.count({ where: simulationWhere(args.filter) }),
    resolve: (query, _root, args, context) => {
      checkCursor(query)
      const where = simulationWhere(args.filter)
      return context.prisma.simulation.findMany({ ...query, where, orderBy: orderOf(args.orderBy) })
    },
  }),
)
