import type { SimulatorEvent } from '../../domain/trading/event.ts'
import { exactly, inUnit } from '../../domain/market/counting.ts'
import type { Bar, Tick } from '../../domain/market/market.ts'
import type { Parameters } from '../../domain/simulation.ts'
import type { Emit } from '../../domain/step.ts'
import { EIGHTHS } from '../../domain/market/unit.ts'
import type { SimulatorCore, SimulatorInput } from '../contract.ts'
import { createFirstKernel, type FirstInput } from './core.ts'
import { toAmount } from './money.ts'
import type { Fill, Portfolio, Position, SimulatorEvent as FirstEvent } from './vocabulary.ts'

type DomainPortfolio = Extract<SimulatorEvent, { type: 'portfolio' }>['portfolio']

/**
 * The rules of before orders could rest, so that every figure of that time can be made again: one market order a signal,
 * all counted in 1e-8.
 * @throws RangeError from `step` where a price or a size cannot be counted so.
 */
export function createVersion1(parameters: Parameters): SimulatorCore {
  const kernel = createFirstKernel(parameters)
  return {
    step(input: SimulatorInput, emit: Emit<SimulatorEvent>): void {
      // There was no such switch, no definition of what is traded, and no command.
      if (input.type === 'trading' || input.type === 'instrument' || input.type === 'command') return
      kernel.step(inEighths(input.type === 'bar' ? lastTrade(input) : input), (event) => {
        emit(told(event))
      })
    },
    broker: null,
    unbelievable: null,
    wish: () => {
      throw new RangeError('rules of version 1 have no account that a strategy could trade on')
    },
    snapshot() {
      const { portfolio, ...rest } = kernel.snapshot()
      return { portfolio: portfolioOf(portfolio), ...rest, ruin: null, crossedQuotes: 0, switchesLeft: 0 }
    },
  }
}

/** A bar was told as a trade at its close, without quotes. */
function lastTrade({ sequence, time, product, unit, close, volume }: Bar): Tick {
  const quotes = { bid: 0, bidSize: 0, ask: 0, askSize: 0 }
  const trade = { price: close, size: volume, tradeId: sequence, takerSide: 'BUY' } as const
  return { type: 'tick', sequence, time, product, unit, ...trade, ...quotes }
}

function inEighths(input: FirstInput): FirstInput {
  return input.type === 'tick' || input.type === 'book' ? inUnit(input, EIGHTHS, exactly) : input
}

function told(event: FirstEvent): SimulatorEvent {
  switch (event.type) {
    case 'signal': {
      const { decision } = event
      return decision.accepted
        ? { ...event, decision: { accepted: true, quantity: toAmount(decision.quantity) } }
        : { ...event, decision }
    }
    case 'fill':
      return { ...event, fill: fillOf(event.fill) }
    case 'lapsed':
      return { ...event, quantity: toAmount(event.quantity) }
    case 'portfolio':
      return { ...event, portfolio: portfolioOf(event.portfolio) }
    case 'finished':
      return { ...event, portfolio: portfolioOf(event.portfolio), ruin: null }
    default:
      return event
  }
}

function fillOf(fill: Fill): Extract<SimulatorEvent, { type: 'fill' }>['fill'] {
  return {
    ...fill,
    price: toAmount(fill.price),
    quantity: toAmount(fill.quantity),
    requested: toAmount(fill.requested),
    notional: toAmount(fill.notional),
    fee: toAmount(fill.fee),
    realizedPnl: toAmount(fill.realizedPnl),
    positionAfter: toAmount(fill.positionAfter),
    orderId: 0,
    liquidity: 'TAKER',
    exitReason: closes(fill) ? 'SIGNAL' : null,
  }
}

/** Whether there was a position of the other direction before it. */
function closes({ side, quantity, positionAfter }: Fill): boolean {
  return side === 'BUY' ? positionAfter < quantity : -positionAfter < quantity
}

function portfolioOf(portfolio: Portfolio): DomainPortfolio {
  return {
    ...portfolio,
    cash: toAmount(portfolio.cash),
    equity: toAmount(portfolio.equity),
    realizedPnl: toAmount(portfolio.realizedPnl),
    unrealizedPnl: toAmount(portfolio.unrealizedPnl),
    feesPaid: toAmount(portfolio.feesPaid),
    borrowCost: 0n,
    positions: portfolio.positions.map(positionOf),
  }
}

function positionOf(position: Position): DomainPortfolio['positions'][number] {
  return {
    ...position,
    quantity: toAmount(position.quantity),
    averagePrice: toAmount(position.averagePrice),
    markPrice: toAmount(position.markPrice),
    unrealizedPnl: toAmount(position.unrealizedPnl),
  }
}
