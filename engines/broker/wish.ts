import type { Wish } from '../domain/trading/command.ts'
import type { Broker } from './broker.ts'
import type { Placement } from './orders/intake.ts'

/** Does what is wished. @returns the order that it concerns, and why it was refused where it was */
export function follow(broker: Broker, wish: Wish): Placement {
  if (wish.kind === 'PLACE') return broker.place(wish.order)
  if (wish.kind === 'REPLACE') return broker.replace(wish.id, wish.change)
  const refusal = broker.cancel(wish.id)
  return refusal === null ? { ok: true, id: wish.id } : { ok: false, id: wish.id, refusal }
}
