import * as z from 'zod'
import { areInOrder, MAX_SWITCHES, readSwitches, SWITCHES } from '../../domain/trading/switches.ts'
import { inGroup } from './group.ts'

/** What a run repeats of another. */
export const repeatingParameters = inGroup('Repeating a run', {
  TRADING_SWITCHES: z
    .string()
    .regex(SWITCHES)
    .refine((text) => areInOrder(readSwitches(text)), 'each switch must stand where the one before it does, or behind')
    .default('')
    .meta({
      title: 'Trading switches',
      description:
        'Switches trading where another run of the same market was switched: "event:state" with a space between two, at most ' +
        `${MAX_SWITCHES}, such as "1042:HALTED 2077.1:ACTIVE", the second behind the first signal of event 2077. A run tells its own.`,
    }),
})
