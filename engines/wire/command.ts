import { BIG_POWERS } from '../domain/market/unit.ts'
import { formatAmount, readAmount, type Amount } from '../domain/money.ts'
import type { OrderCommand, Wish } from '../domain/trading/command.ts'
import { ORDER_TYPES, TIMES_IN_FORCE, type StopTrigger } from '../domain/trading/order.ts'
import type { BracketRequest, OrderRequest } from '../domain/trading/order-request.ts'
import type { Product } from '../domain/market/product.ts'
import { isWhole } from './frame.ts'
import { readText, textBound, writeText } from './text.ts'

/** Layout of commands in DATA; see PROTOCOL.md. Figures are doubles that are whole, amounts decimal texts. */

const TRIGGERS: readonly StopTrigger[] = ['LAST', 'QUOTE', 'MARK']
const KINDS: readonly (Wish['kind'] | 'CHECK')[] = ['PLACE', 'CANCEL', 'REPLACE', 'CHECK']
const FLAGS = { postOnly: 1, reduceOnly: 2, exactPrice: 4, trail: 8, bracket: 16, bracketTrail: 32 } as const
/** Kind, time, cause, digest. */
const HEAD = 25
/** Side, type, time in force, trigger, flags, and fifteen figures. */
const ORDER_FIGURES = 15
const ORDER = 5 + 8 * ORDER_FIGURES
const DIGEST = /^[0-9a-f]{16}$/

/** A number of bytes that certainly holds a command, without its reference to a product. */
export function commandBound({ wish }: OrderCommand): number {
  if (wish === null) return HEAD
  if (wish.kind === 'CANCEL') return HEAD + 8
  if (wish.kind === 'REPLACE') return HEAD + 24 + textBound(amountText(wish.change.quantity))
  return HEAD + ORDER + textBound(formatAmount(wish.order.quantity))
}

const amountText = (amount: bigint | undefined): string => (amount === undefined ? '' : formatAmount(amount))

/** @returns the offset after it. @throws RangeError where it could not be read back */
export function writeCommand(bytes: Uint8Array, view: DataView, offset: number, command: OrderCommand): number {
  const { wish, digest } = command
  if (!DIGEST.test(digest)) throw new RangeError(`"${digest.slice(0, 40)}" is no digest`)
  view.setUint8(offset, KINDS.indexOf(wish?.kind ?? 'CHECK') + 1)
  const at = writeFigures(view, offset + 1, [command.time, command.cause])
  view.setUint32(at, Number.parseInt(digest.slice(0, 8), 16), true)
  view.setUint32(at + 4, Number.parseInt(digest.slice(8), 16), true)
  if (wish === null) return at + 8
  if (wish.kind === 'CANCEL') return writeFigures(view, at + 8, [wish.id])
  if (wish.kind === 'PLACE') return writeOrder(bytes, view, at + 8, wish.order)
  const { limit = 0, stop = 0, quantity } = wish.change
  return writeText(bytes, view, writeFigures(view, at + 8, [wish.id, limit, stop]), amountText(quantity))
}

function writeOrder(bytes: Uint8Array, view: DataView, offset: number, order: OrderRequest): number {
  const { trail, bracket, trigger = 'LAST', timeInForce = 'GTC' } = order
  const guard = bracket ?? {}
  view.setUint8(offset, order.side === 'BUY' ? 1 : 2)
  view.setUint8(offset + 1, ORDER_TYPES.indexOf(order.type) + 1)
  view.setUint8(offset + 2, TIMES_IN_FORCE.indexOf(timeInForce) + 1)
  view.setUint8(offset + 3, TRIGGERS.indexOf(trigger) + 1)
  const set = (flag: keyof typeof FLAGS, given: boolean): number => (given ? FLAGS[flag] : 0)
  view.setUint8(
    offset + 4,
    set('postOnly', order.postOnly === true) +
      set('reduceOnly', order.reduceOnly === true) +
      set('exactPrice', order.exactPrice === true) +
      set('trail', trail !== undefined) +
      set('bracket', bracket !== undefined) +
      set('bracketTrail', guard.trail !== undefined && guard.trail !== null),
  )
  const at = writeFigures(view, offset + 5, [
    order.limit ?? 0,
    order.stop ?? 0,
    order.expiresAt ?? 0,
    order.group ?? 0,
    ...[trail?.amount ?? 0, trail?.share ?? 0, trail?.activation ?? 0],
    ...[guard.stop ?? 0, guard.target ?? 0, guard.stopShare ?? 0, guard.targetShare ?? 0, guard.hold ?? 0],
    ...[guard.trail?.amount ?? 0, guard.trail?.share ?? 0, guard.trail?.after ?? 0],
  ])
  return writeText(bytes, view, at, formatAmount(order.quantity))
}

function writeFigures(view: DataView, offset: number, figures: readonly number[]): number {
  let at = offset
  for (const figure of figures) {
    if (!isWhole(figure))
      throw new RangeError(`a figure of a command is ${figure}: only whole numbers from 0 to 2^53 - 1 can be sent`)
    view.setFloat64(at, figure, true)
    at += 8
  }
  return at
}

/** What a command was read as: where it ends, and its parts; or why it is none. */
export type ReadCommand =
  | { readonly ok: true; readonly at: number; readonly command: Omit<OrderCommand, 'product' | 'unit' | 'type'> }
  | { readonly ok: false; readonly fault: string }

const bad = (fault: string): ReadCommand => ({ ok: false, fault })

/** @param end of the datagram */
export function readCommand(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
  product: Product,
): ReadCommand {
  if (offset + HEAD > end) return bad('cut off in a command')
  const kind = KINDS[view.getUint8(offset) - 1]
  if (kind === undefined) return bad('unknown kind of command')
  const head = readFigures(view, offset + 1, 2)
  if (head === null) return bad('number that is not whole')
  const [time = 0, cause = 0] = head
  const digest = [17, 21]
    .map((at) =>
      view
        .getUint32(offset + at, true)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('')
  const done = (at: number, wish: Wish | null): ReadCommand => ({
    ok: true,
    at,
    command: { wish, digest, time, cause },
  })
  const at = offset + HEAD
  if (kind === 'CHECK') return done(at, null)
  if (kind === 'PLACE') {
    const order = readOrder(bytes, view, at, end, product)
    return 'fault' in order ? bad(order.fault) : done(order.at, { kind, order: order.order })
  }
  const count = kind === 'CANCEL' ? 1 : 3
  if (at + 8 * count > end) return bad('cut off in a command')
  const figures = readFigures(view, at, count)
  if (figures === null) return bad('number that is not whole')
  const [id = 0, limit = 0, stop = 0] = figures
  if (kind === 'CANCEL') return done(at + 8, { kind, id })
  const size = readSize(bytes, view, at + 24, end)
  if ('fault' in size) return bad(size.fault)
  const change = {
    ...(limit === 0 ? {} : { limit }),
    ...(stop === 0 ? {} : { stop }),
    ...(size.amount === null ? {} : { quantity: size.amount }),
  }
  return done(size.at, { kind, id, change })
}

type Faulty = { readonly fault: string }

function readOrder(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
  product: Product,
): Faulty | { readonly at: number; readonly order: OrderRequest } {
  if (offset + ORDER > end) return { fault: 'cut off in an order' }
  const side = view.getUint8(offset)
  const type = ORDER_TYPES[view.getUint8(offset + 1) - 1]
  const timeInForce = TIMES_IN_FORCE[view.getUint8(offset + 2) - 1]
  const trigger = TRIGGERS[view.getUint8(offset + 3) - 1]
  const flags = view.getUint8(offset + 4)
  const figures = readFigures(view, offset + 5, ORDER_FIGURES)
  if (
    (side !== 1 && side !== 2) ||
    type === undefined ||
    timeInForce === undefined ||
    trigger === undefined ||
    flags > 63
  )
    return { fault: 'unknown word in an order' }
  if (figures === null) return { fault: 'number that is not whole' }
  const size = readSize(bytes, view, offset + ORDER, end)
  if ('fault' in size) return { fault: size.fault }
  if (size.amount === null) return { fault: 'order without a size' }
  const [limit, stop, expiresAt, group, ...guards] = figures as [number, number, number, number, ...number[]]
  const [amount = 0, share = 0, activation = 0] = guards
  const has = (flag: keyof typeof FLAGS): boolean => (flags & FLAGS[flag]) !== 0
  const order: OrderRequest = {
    product,
    side: side === 1 ? 'BUY' : 'SELL',
    type,
    quantity: size.amount,
    timeInForce,
    trigger,
    purpose: 'STRATEGY',
    ...(limit === 0 ? {} : { limit }),
    ...(stop === 0 ? {} : { stop }),
    ...(expiresAt === 0 ? {} : { expiresAt }),
    ...(group === 0 ? {} : { group }),
    ...(has('postOnly') ? { postOnly: true } : {}),
    ...(has('reduceOnly') ? { reduceOnly: true } : {}),
    ...(has('exactPrice') ? { exactPrice: true } : {}),
    ...(has('trail') ? { trail: { amount, share, activation } } : {}),
    ...(has('bracket') ? { bracket: bracketOf(guards.slice(3), has('bracketTrail')) } : {}),
  }
  return { at: size.at, order }
}

function bracketOf(figures: readonly number[], trails: boolean): BracketRequest {
  const [stop = 0, target = 0, stopShare = 0, targetShare = 0, hold = 0, amount = 0, share = 0, after = 0] = figures
  return { stop, target, stopShare, targetShare, hold, trail: trails ? { amount, share, after } : null }
}

function readFigures(view: DataView, offset: number, count: number): readonly number[] | null {
  const figures = Array.from({ length: count }, (_, index) => view.getFloat64(offset + 8 * index, true))
  return figures.every(isWhole) ? figures : null
}

/** The most that a size may be: beyond what any market holds, and far below what a text can say. */
const MOST = BIG_POWERS[18]! * BIG_POWERS[18]!

/** A size, which may be left out. */
function readSize(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
): Faulty | { readonly at: number; readonly amount: Amount | null } {
  if (offset + 2 > end) return { fault: 'cut off in a text' }
  const length = view.getUint16(offset, true)
  const at = offset + 2 + length
  if (at > end) return { fault: 'cut off in a text' }
  const text = readText(bytes, offset + 2, length)
  if (text === '') return { at, amount: null }
  const amount = text === null ? null : readAmount(text)
  if (amount === null || amount < 0n || amount > MOST) return { fault: 'size that is not a decimal' }
  return { at, amount }
}
