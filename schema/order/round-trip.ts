import { MICROS_PER_SECOND } from '../../engines/domain/time.ts'
import { builder } from '../builder.ts'
import type { RoundTripRecord } from '../context.ts'
import { asInt } from '../scalars.ts'
import { DirectionEnum, OrderPurposeEnum } from './enums.ts'

/** A position from flat to flat. */
export const RoundTrip = builder.objectRef<RoundTripRecord>('RoundTrip').implement({
  description: 'From flat to flat in one product. A reversal ends one and begins the next at the same fill.',
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Place among the events of the run.' }),
    number: t.field({
      type: 'BigInt',
      description: 'Rises by one from 1 over all round trips of a run.',
      resolve: ({ roundTrip }) => roundTrip.number,
    }),
    product: t.string({ resolve: ({ roundTrip }) => roundTrip.product }),
    direction: t.field({ type: DirectionEnum, resolve: ({ roundTrip }) => roundTrip.direction }),
    quantity: t.field({
      type: 'Decimal',
      description: 'All that was opened in it, which is all that was closed.',
      resolve: ({ roundTrip }) => roundTrip.quantity,
    }),
    entryPrice: t.field({
      type: 'Decimal',
      description: '`entryNotional`/`quantity`, rounded half even to 1e-18.',
      resolve: ({ roundTrip }) => roundTrip.entryPrice,
    }),
    exitPrice: t.field({
      type: 'Decimal',
      description: '`exitNotional`/`quantity`, rounded half even to 1e-18.',
      resolve: ({ roundTrip }) => roundTrip.exitPrice,
    }),
    entryNotional: t.field({ type: 'Decimal', resolve: ({ roundTrip }) => roundTrip.entryNotional }),
    exitNotional: t.field({ type: 'Decimal', resolve: ({ roundTrip }) => roundTrip.exitNotional }),
    openedAt: t.field({ type: 'DateTime', resolve: ({ roundTrip }) => roundTrip.openedAt }),
    closedAt: t.field({ type: 'DateTime', resolve: ({ roundTrip }) => roundTrip.closedAt }),
    durationSeconds: t.float({
      description: '`closedAt` − `openedAt`, in market time.',
      resolve: ({ roundTrip }) => (roundTrip.closedAt - roundTrip.openedAt) / MICROS_PER_SECOND,
    }),
    grossPnl: t.field({
      type: 'Decimal',
      description: 'Profit before all costs.',
      resolve: ({ roundTrip }) => roundTrip.grossPnl,
    }),
    fees: t.field({ type: 'Decimal', description: 'Of all its fills.', resolve: ({ roundTrip }) => roundTrip.fees }),
    borrowCost: t.field({
      type: 'Decimal',
      description: 'What borrowing for a short cost.',
      resolve: ({ roundTrip }) => roundTrip.borrowCost,
    }),
    netPnl: t.field({
      type: 'Decimal',
      description: '`grossPnl` − `fees` − `borrowCost`.',
      resolve: ({ roundTrip }) => roundTrip.netPnl,
    }),
    maxAdverse: t.field({
      type: 'Decimal',
      description: 'MAE: the worst that it stood at, before costs; never above 0.',
      resolve: ({ roundTrip }) => roundTrip.maxAdverse,
    }),
    maxFavorable: t.field({
      type: 'Decimal',
      description: 'MFE: the best that it stood at, before costs; never under 0.',
      resolve: ({ roundTrip }) => roundTrip.maxFavorable,
    }),
    maxAdverseShare: t.float({
      nullable: true,
      description: '`maxAdverse`/`entryNotional`; null where that is 0.',
      resolve: ({ roundTrip }) => roundTrip.maxAdverseShare,
    }),
    maxFavorableShare: t.float({
      nullable: true,
      description: '`maxFavorable`/`entryNotional`; null where that is 0.',
      resolve: ({ roundTrip }) => roundTrip.maxFavorableShare,
    }),
    exitReason: t.field({
      type: OrderPurposeEnum,
      description: 'What the order was for that closed it.',
      resolve: ({ roundTrip }) => roundTrip.exitReason,
    }),
    fills: t.int({ description: 'How many fills it had.', resolve: ({ roundTrip }) => asInt(roundTrip.fills) }),
    entryOrderId: t.field({ type: 'BigInt', resolve: ({ roundTrip }) => roundTrip.entryOrderId }),
    exitOrderId: t.field({
      type: 'BigInt',
      description: 'The same as `entryOrderId` of the next where one order reversed.',
      resolve: ({ roundTrip }) => roundTrip.exitOrderId,
    }),
    entrySignalSequence: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The signal that opened it; null: none did.',
      resolve: ({ roundTrip }) => (roundTrip.entrySignalSequence === 0 ? null : roundTrip.entrySignalSequence),
    }),
  }),
})
