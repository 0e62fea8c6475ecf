import { inGroup } from './group.ts'
import { seconds, share } from './measures.ts'

/** The exits that every position has. */
export const exitParameters = inGroup('Stops and targets', {
  STOP_LOSS_PCT: share(0.99).meta({
    title: 'Stop loss',
    description: 'How far the price may go against a position, from its average price, before it is closed. 0: none.',
    unit: 'share',
    sweep: { min: 0.005, max: 0.1, step: 0.005 },
  }),
  TAKE_PROFIT_PCT: share(10).meta({
    title: 'Take profit',
    description: 'How far in favour of a position a limit order waits to close it. 0: none.',
    unit: 'share',
    sweep: { min: 0.005, max: 0.2, step: 0.005 },
  }),
  TRAILING_STOP_PCT: share(0.99).meta({
    title: 'Trailing stop',
    description: 'How far behind the best price a stop follows. 0: none.',
    unit: 'share',
    sweep: { min: 0.005, max: 0.1, step: 0.005 },
  }),
  TRAILING_ACTIVATION_PCT: share(10).meta({
    title: 'Trailing stop, from',
    description: 'How far in favour of the position the price must have come before the trailing stop lives.',
    unit: 'share',
  }),
  MAX_HOLD_SECONDS: seconds(0).meta({
    title: 'Longest holding',
    description: 'Market time after which a position is closed at the market. 0: none.',
    unit: 's',
  }),
})
