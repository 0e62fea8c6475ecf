import { parseAmount } from '../../engines/domain/money.ts'
import type { Ruin as RuinShape } from '../../engines/domain/trading/order.ts'
import type { Liquidation as LiquidationRow } from '../../prisma/generated/client.ts'
import { builder } from '../builder.ts'

/** Positions that were closed for want of equity. */
export const Liquidation = builder.objectRef<LiquidationRow>('Liquidation').implement({
  description: 'That positions were closed for want of equity; the fills that it caused follow it.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    time: t.field({ type: 'DateTime', resolve: ({ time }) => Number(time) }),
    reason: t.exposeString('reason', {
      description:
        '`MAINTENANCE`: too little equity for the shorts, which are bought back; `RUIN`: none left, so all is closed.',
    }),
    equity: t.field({
      type: 'Decimal',
      description: 'When it was noticed; a gap may have taken it under 0.',
      resolve: ({ equity }) => parseAmount(equity.toFixed(18)),
    }),
    required: t.field({
      type: 'Decimal',
      description: 'MAINTENANCE_MARGIN × Σ|worth of the shorts|; 0 where it was ruin.',
      resolve: ({ required }) => parseAmount(required.toFixed(18)),
    }),
    products: t.stringList({ resolve: ({ products }) => products as string[] }),
  }),
})

/** How a run lost everything. */
export const Ruin = builder.objectRef<RuinShape>('Ruin').implement({
  description: 'That a run lost everything, which ended it.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'Market time.' }),
    equity: t.expose('equity', {
      type: 'Decimal',
      description: 'What was left once all was closed; under 0 by as much as a gap took.',
    }),
  }),
})
