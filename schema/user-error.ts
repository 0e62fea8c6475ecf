import { builder } from './builder.ts'
import type { UserFault } from './context.ts'

/** An expected failure, as payloads carry it. */
export const UserError = builder.interfaceRef<UserFault>('UserError').implement({
  description: 'An expected failure: what is wrong, where in the input, and what to do.',
  resolveType: () => 'InputError',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For a person.' }),
    path: t.stringList({
      nullable: true,
      description: 'Where in the arguments, e.g. ["input", "algorithmParameters", "RSI_PERIOD"].',
      resolve: (fault) => [...fault.path],
    }),
    code: t.exposeString('code', { description: 'Stable and machine-readable, e.g. UNKNOWN_ALGORITHM.' }),
  }),
})

builder.objectRef<UserFault>('InputError').implement({
  description: 'Something in the input, or in the state of what it names, prevents what was asked.',
  interfaces: [UserError],
})
