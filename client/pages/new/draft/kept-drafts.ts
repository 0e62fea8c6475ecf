import { Validator } from '@cfworker/json-schema'
import { keep, readKept } from '../../../ui/kept.ts'
import type { Draft } from './draft.ts'

/** What was typed and not started yet outlives a reload, in this tab. */
const KEY = 'aw-trade-drafts-1'
/** How many drafts are kept; the oldest goes. */
const MOST = 8

type Kept = readonly (readonly [origin: string, draft: Draft])[]

const entries = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } } as const
const number = { type: ['string', 'number'] } as const
const market = {
  type: 'object',
  required: ['mode', 'source', 'products', 'speed', 'durationSeconds', 'seed', 'launcher'],
  properties: {
    mode: { enum: ['LIVE', 'REPLAY', 'BACKTEST'] },
    source: { type: 'string' },
    products: { type: 'array', items: { type: 'string' } },
    speed: number,
    durationSeconds: number,
    seed: number,
    launcher: { enum: ['PROCESS', 'DOCKER', 'SWARM', null] },
  },
} as const

/** What the tab holds may be anything: of an older page, or cut short. */
const shape = new Validator(
  {
    type: 'array',
    items: {
      type: 'array',
      minItems: 2,
      prefixItems: [
        { type: 'string' },
        {
          type: 'object',
          required: ['algorithm', 'algorithmParameters', 'simulatorParameters', 'market'],
          properties: {
            algorithm: { type: 'string' },
            algorithmParameters: { type: 'object', additionalProperties: entries },
            simulatorParameters: entries,
            market,
          },
        },
      ],
    },
  } as never,
  '2020-12',
)

function read(): Kept {
  const text = readKept('session', KEY)
  if (text === null) return []
  try {
    const kept: unknown = JSON.parse(text)
    return shape.validate(kept).valid ? (kept as Kept) : []
  } catch {
    // Not JSON: as good as nothing.
    return []
  }
}

function write(kept: Kept): void {
  keep('session', KEY, JSON.stringify(kept.slice(0, MOST)))
}

/** What was typed for an origin and not started; null: nothing. */
export function keptDraft(origin: string): Draft | null {
  return read().find(([name]) => name === origin)?.[1] ?? null
}

/** Keeps what was typed for an origin. */
export function keepDraft(origin: string, draft: Draft): void {
  write([[origin, draft], ...read().filter(([name]) => name !== origin)])
}

/** Forgets what was typed for an origin. */
export function forgetDraft(origin: string): void {
  write(read().filter(([name]) => name !== origin))
}
