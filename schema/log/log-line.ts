import { readAfter } from '../after.ts'
import { builder } from '../builder.ts'
import type { LogRecord } from '../context.ts'
import { deliver, received } from '../delivery.ts'
import { EngineRoleEnum } from '../enums.ts'
import { requireRun } from '../simulation/require-run.ts'

const LogLine = builder.objectRef<LogRecord>('LogLine').implement({
  description: 'One line that an engine logged.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the log lines of the run, from 1.' }),
    time: t.expose('time', { type: 'DateTime' }),
    role: t.expose('role', { type: EngineRoleEnum }),
    level: t.exposeString('level', { description: '`debug`, `info`, `warn` or `error`.' }),
    message: t.exposeString('message'),
  }),
})

builder.subscriptionField('logs', (t) =>
  t.field({
    type: LogLine,
    description: 'Lossless: what is stored after the sequence `after` (absent: from the first on), then what happens.',
    args: { simulationId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt' }) },
    subscribe: async (_root, args, context) => {
      const after = readAfter(args.after)
      return deliver(context.live.logs(await requireRun(args.simulationId, context), after))
    },
    resolve: (delivery) => received(delivery),
  }),
)
