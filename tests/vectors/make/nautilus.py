"""Runs a scenario through nautilus_trader: a venue with one instrument, fed with quotes or with bars."""

from decimal import Decimal

from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.config import StrategyConfig
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.currencies import BTC, USD
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import (
    AccountType,
    ContingencyType,
    LiquiditySide,
    OmsType,
    OrderSide,
    OrderType,
    TimeInForce,
    TrailingOffsetType,
    TriggerType,
)
from nautilus_trader.model.events import OrderCanceled, OrderFilled, OrderRejected, OrderTriggered, OrderUpdated
from nautilus_trader.model.identifiers import ClientOrderId, InstrumentId, OrderListId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.model.orders import LimitOrder, OrderList, StopMarketOrder
from nautilus_trader.trading.strategy import Strategy

from market import text_of

STATES = {
    "ACCEPTED": "RESTING",
    "TRIGGERED": "RESTING",
    "CANCELED": "CANCELLED",
    "FILLED": "FILLED",
    "PARTIALLY_FILLED": "PARTIALLY_FILLED",
    "REJECTED": "REFUSED",
    "SUBMITTED": "SENT",
    "PENDING_UPDATE": "RESTING",
}
TRIGGERS = {"QUOTE": TriggerType.BID_ASK}
ID = InstrumentId(Symbol("BTC/USD"), Venue("TEST"))
BARS = BarType.from_str(f"{ID}-1-MINUTE-LAST-EXTERNAL")


def run(events, scenario):
    instrument = _instrument(scenario)
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=ID.venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=None,
        default_leverage=Decimal(10),
        starting_balances=[Money(10_000_000, USD), Money(1_000, BTC)],
        reject_stop_orders=True,
        bar_execution=True,
    )
    engine.add_instrument(instrument)
    engine.add_data([_data_of(event, instrument) for event in events])
    player = Player(scenario, instrument, {event["at"] for event in events})
    engine.add_strategy(player)
    engine.run()
    answer = player.answer()
    engine.dispose()
    return answer


def _instrument(scenario):
    one, settings = scenario["instrument"], scenario["settings"]
    return CurrencyPair(
        instrument_id=ID,
        raw_symbol=ID.symbol,
        base_currency=BTC,
        quote_currency=USD,
        price_precision=one["priceDecimals"],
        size_precision=one["sizeDecimals"],
        price_increment=Price(Decimal(one["priceIncrement"]), one["priceDecimals"]),
        size_increment=Quantity(Decimal(one["sizeIncrement"]), one["sizeDecimals"]),
        ts_event=0,
        ts_init=0,
        maker_fee=Decimal(settings["makerFee"]),
        taker_fee=Decimal(settings["takerFee"]),
        margin_init=Decimal("0.1"),
        margin_maint=Decimal("0.1"),
    )


def _data_of(event, instrument):
    at = event["at"] * 1000
    price, size = instrument.make_price, instrument.make_qty
    if event["kind"] == "quote":
        bid, ask = price(event["bid"]), price(event["ask"])
        return QuoteTick(ID, bid, ask, size(event["bidSize"]), size(event["askSize"]), at, at)
    prices = [price(event[name]) for name in ("open", "high", "low", "close")]
    return Bar(BARS, *prices, size(event["volume"]), at, at)


class Player(Strategy):
    """Sends each request at its time, and keeps what comes back."""

    def __init__(self, scenario, instrument, told):
        super().__init__(StrategyConfig(strategy_id="PLAYER-1"))
        self.scenario, self.pair, self.told = scenario, instrument, told
        self.fills, self.names, self.sent, self.moves = [], {}, {}, []

    def on_start(self):
        for index, request in enumerate(self.scenario["requests"]):
            # The program's clock rings before what the market tells at the same time: a nanosecond later it is after it.
            later = 1 if request["at"] in self.told else 0
            self.clock.set_time_alert_ns(f"request-{index}", request["at"] * 1000 + later, self.make_send(request))

    def make_send(self, request):
        return lambda _event: self.send(request)

    def send(self, request):
        if request["action"] == "submit":
            self.submit_order(self.remember(request["order"]["id"], self.order_of(request["order"])))
        elif request["action"] == "bracket":
            self.submit_order_list(self.bracket_of(request))
        else:
            self.submit_order_list(self.pair_of(request["orders"]))

    def remember(self, name, order):
        self.names[order.client_order_id] = name
        self.sent[name] = order
        return order

    def price(self, text):
        return self.pair.make_price(Decimal(text))

    def size(self, text):
        return self.pair.make_qty(Decimal(text))

    def order_of(self, one):
        make, kind = self.order_factory, one["type"]
        shared = {
            "instrument_id": ID,
            "order_side": OrderSide[one["side"]],
            "quantity": self.size(one["quantity"]),
            "time_in_force": TimeInForce[one["timeInForce"]],
            "reduce_only": one.get("reduceOnly", False),
        }
        trigger = {"trigger_type": TRIGGERS[one["trigger"]]} if "trigger" in one else {}
        if kind == "MARKET":
            return make.market(**shared)
        if kind == "LIMIT":
            return make.limit(**shared, price=self.price(one["price"]), post_only=one.get("postOnly", False))
        if kind == "STOP":
            return make.stop_market(**shared, **trigger, trigger_price=self.price(one["triggerPrice"]))
        if kind == "STOP_LIMIT":
            prices = {"price": self.price(one["price"]), "trigger_price": self.price(one["triggerPrice"])}
            return make.stop_limit(**shared, **trigger, **prices)
        share = "trailingShare" in one
        return make.trailing_stop_market(
            **shared,
            **trigger,
            # A share is told in basis points.
            trailing_offset=Decimal(one["trailingShare"]) * 10_000 if share else Decimal(one["trailingAmount"]),
            trailing_offset_type=TrailingOffsetType.BASIS_POINTS if share else TrailingOffsetType.PRICE,
            activation_price=self.price(one["activationPrice"]) if "activationPrice" in one else None,
        )

    def bracket_of(self, request):
        entry, stop, target = (request[name] for name in ("entry", "stop", "target"))
        orders = self.order_factory.bracket(
            instrument_id=ID,
            order_side=OrderSide[entry["side"]],
            quantity=self.size(entry["quantity"]),
            entry_order_type=OrderType[entry["type"]],
            entry_price=self.price(entry["price"]) if "price" in entry else None,
            sl_trigger_price=self.price(stop["triggerPrice"]),
            sl_trigger_type=TRIGGERS[stop["trigger"]],
            tp_price=self.price(target["price"]),
            tp_post_only=False,
        )
        for request, order in zip((entry, stop, target), orders.orders, strict=True):
            self.remember(request["id"], order)
        return orders

    def pair_of(self, pair):
        """One cancels the other: the factory makes none of these."""
        names = {one["id"]: ClientOrderId(f"PAIR-{one['id']}") for one in pair}
        group = OrderListId("PAIR")
        orders = []
        for one in pair:
            linked = [other for name, other in names.items() if name != one["id"]]
            shared = {
                "trader_id": self.trader_id,
                "strategy_id": self.id,
                "instrument_id": ID,
                "client_order_id": names[one["id"]],
                "order_side": OrderSide[one["side"]],
                "quantity": self.size(one["quantity"]),
                "init_id": UUID4(),
                "ts_init": self.clock.timestamp_ns(),
                "reduce_only": one.get("reduceOnly", False),
                "contingency_type": ContingencyType.OCO,
                "order_list_id": group,
                "linked_order_ids": linked,
            }
            if one["type"] == "STOP":
                trigger = {"trigger_price": self.price(one["triggerPrice"]), "trigger_type": TRIGGERS[one["trigger"]]}
                orders.append(self.remember(one["id"], StopMarketOrder(**shared, **trigger)))
            else:
                orders.append(self.remember(one["id"], LimitOrder(**shared, price=self.price(one["price"]))))
        return OrderList(group, orders)

    def on_order_event(self, event):
        name = self.names[event.client_order_id]
        at = event.ts_event // 1000
        if isinstance(event, OrderFilled):
            self.fills.append(
                {
                    "id": name,
                    "at": at,
                    "price": text_of(event.last_px.as_decimal()),
                    "quantity": text_of(event.last_qty.as_decimal()),
                    "liquidity": "MAKER" if event.liquidity_side == LiquiditySide.MAKER else "TAKER",
                    "fee": text_of(event.commission.as_decimal()),
                }
            )
        elif isinstance(event, OrderTriggered):
            self.moves.append({"id": name, "at": at, "what": "TRIGGERED"})
        elif isinstance(event, OrderUpdated):
            move = {"id": name, "at": at, "what": "UPDATED", "quantity": text_of(event.quantity.as_decimal())}
            if event.trigger_price is not None:
                move["triggerPrice"] = text_of(event.trigger_price.as_decimal())
            if event.price is not None:
                move["price"] = text_of(event.price.as_decimal())
            self.moves.append(move)
        elif isinstance(event, OrderCanceled):
            self.moves.append({"id": name, "at": at, "what": "CANCELLED"})
        elif isinstance(event, OrderRejected):
            self.moves.append({"id": name, "at": at, "what": "REFUSED", "reason": event.reason})

    def answer(self):
        orders = []
        for name, order in self.sent.items():
            now = self.cache.order(order.client_order_id)
            filled = now.filled_qty.as_decimal()
            orders.append({"id": name, "state": STATES[now.status_string()], "filled": text_of(filled)})
        return {"latencyMicros": 0, "fills": self.fills, "orders": orders, "moves": self.moves}

