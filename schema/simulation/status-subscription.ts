import { builder } from '../builder.ts'
import { deliver, mapFeed, received } from '../delivery.ts'
import { requireRun } from './require-run.ts'
import { Simulation } from './simulation.ts'

builder.subscriptionField('simulation', (t) =>
  t.field({
    type: Simulation,
    description: 'The simulation at once, then at each change of status; ends after a final one.',
    args: { id: t.arg.id({ required: true }) },
    subscribe: async (_root, args, context) => {
      const id = await requireRun(args.id, context)
      return deliver(mapFeed(context.live.statuses(id), (status) => ({ id, status })))
    },
    resolve: async (delivery, _args, context) => {
      const { id, status } = received(delivery)
      const row = await context.prisma.simulation.findUniqueOrThrow({ where: { id } })
      // The row may have moved on already; each change is told as what it was.
      return { ...row, status }
    },
  }),
)
