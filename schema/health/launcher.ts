import { builder, LOOK_COST } from '../builder.ts'
import type { LauncherEntry } from '../context.ts'
import { LauncherKindEnum } from '../enums.ts'

const EngineLauncher = builder.objectRef<LauncherEntry>('EngineLauncher').implement({
  description: 'A way to launch engines that this server has.',
  fields: (t) => ({
    kind: t.expose('kind', { type: LauncherKindEnum }),
    available: t.boolean({ description: 'Whether it can launch any now.', resolve: ({ fault }) => fault === null }),
    message: t.exposeString('fault', { nullable: true, description: 'Why it cannot; null where it can.' }),
  }),
})

builder.queryField('launchers', (t) =>
  t.field({
    type: [EngineLauncher],
    complexity: { field: LOOK_COST },
    description: 'How engines can be launched here; first the one that is taken where nobody chooses.',
    resolve: async (_root, _args, context) => [...(await context.launchers.list())],
  }),
)
