import type { BrokerSettings } from '../broker/settings.ts'
import type { MarketEvent } from '../domain/market/market.ts'
import type { OrderCommand } from '../domain/trading/command.ts'
import type { TradingState, TradingSwitch } from '../domain/trading/order.ts'
import type { PlacedSwitch } from '../domain/trading/switches.ts'
import type { Emit } from '../domain/step.ts'
import { StrategyCore } from './author/strategy-core.ts'
import type { Strategy } from './author/strategy.ts'
import { Replica } from './replica.ts'

/** What goes on to the simulator beside the market's events. */
export type AccountOutput = OrderCommand | TradingSwitch

/**
 * A strategy that trades on its account, in a process of its own: market events in, commands out. It keeps the account itself (see
 * {@link Replica}); switches of trading come through it, so that they have their place among the commands.
 */
export class AccountCore {
  private readonly replica: Replica
  private readonly strategy: StrategyCore
  private readonly switches: readonly PlacedSwitch[]
  private nextSwitch = 0
  private emit: Emit<AccountOutput> = () => undefined

  /** @param switches of another run that is repeated, in order */
  constructor(strategy: Strategy, settings: BrokerSettings, switches: readonly PlacedSwitch[]) {
    this.switches = switches
    this.replica = new Replica(settings, (command) => {
      this.emit(command)
    })
    this.strategy = new StrategyCore(strategy, this.replica)
  }

  /** What comes before an event: the switches that another run had before it. */
  before(event: MarketEvent, emit: Emit<AccountOutput>): void {
    if (event.sequence === 0) return
    for (let due = this.switches[this.nextSwitch]; due !== undefined && due.after < event.sequence;) {
      this.setTrading(due.state, emit)
      due = this.switches[++this.nextSwitch]
    }
  }

  step(event: MarketEvent, emit: Emit<AccountOutput>): void {
    this.emit = emit
    this.replica.take(event)
    this.strategy.step(event)
  }

  setTrading(state: TradingState, emit: Emit<AccountOutput>): void {
    emit({ type: 'trading', state })
    this.replica.setTrading(state)
  }

  /** Tells what the account has come to, so that a difference in what was told last is found too. */
  check(emit: Emit<AccountOutput>): void {
    emit(this.replica.check())
  }
}
