import { builder } from '../builder.ts'
import type { AlgorithmEntry } from '../context.ts'

/** An algorithm of the catalogue. */
export const Algorithm = builder.objectRef<AlgorithmEntry>('Algorithm')

builder.node(Algorithm, {
  description: 'What turns market data into signals.',
  id: { resolve: (entry) => entry.name },
  loadOne: (name, context) => context.algorithms.find(name),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What `startSimulation` wants.' }),
    title: t.exposeString('title'),
    description: t.exposeString('description'),
    documentation: t.exposeString('documentation', {
      nullable: true,
      description:
        'How it decides, in full: plain text, paragraphs apart by an empty line. null: its author wrote none.',
    }),
    parametersSchema: t.expose('parametersSchema', { type: 'JSON', description: 'JSON Schema of its parameters.' }),
    defaults: t.expose('defaults', { type: 'JSON' }),
    warmUp: t.exposeInt('warmUp', {
      description: 'How many inputs it needs before its first signal, at the defaults.',
    }),
  }),
})

builder.queryField('algorithms', (t) =>
  t.field({ type: [Algorithm], resolve: (_root, _args, context) => [...context.algorithms.list()] }),
)

const NOTHING_KNOWN = { parametersSchema: {}, defaults: {}, warmUp: 0 }

/** The algorithm of a run; one that is no longer in the catalogue keeps its name. */
export function algorithmOf(name: string, find: (name: string) => AlgorithmEntry | null): AlgorithmEntry {
  const description = 'This algorithm is not in the catalogue any more.'
  return find(name) ?? { name, title: name, description, documentation: null, ...NOTHING_KNOWN }
}
