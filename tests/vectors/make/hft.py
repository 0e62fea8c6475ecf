"""Runs a scenario through hftbacktest: risk-averse or proportional queue, constant latency, partial fills."""

from decimal import Decimal

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.order import CANCELED, EXPIRED, FILLED, FOK, GTC, GTX, IOC, LIMIT, NEW, PARTIALLY_FILLED
from hftbacktest.types import event_dtype

from market import text_of

STATES = {NEW: "RESTING", EXPIRED: "EXPIRED", FILLED: "FILLED", CANCELED: "CANCELLED", PARTIALLY_FILLED: "PARTIALLY_FILLED"}
TIMES_IN_FORCE = {"GTC": GTC, "IOC": IOC, "FOK": FOK}
BOTH = EXCH_EVENT | LOCAL_EVENT
ONE_SECOND = 1_000_000_000


def rows_of(events):
    """Books become the differences to the book before: what is gone first, so that no side crosses the other on the way."""
    rows = []
    before = {"bids": {}, "asks": {}}
    for event in events:
        at = event["at"] * 1000
        if event["kind"] == "trade":
            flag = TRADE_EVENT | (BUY_EVENT if event["taker"] == "BUY" else SELL_EVENT)
            rows.append((flag | BOTH, at, at, float(event["price"]), float(event["size"]), 0, 0, 0.0))
            continue
        now = {side: {price: size for price, size in event[side]} for side in before}
        gone = [(side, price, Decimal(0)) for side in before for price in before[side] if price not in now[side]]
        new = [
            (side, price, size)
            for side in before
            for price, size in now[side].items()
            if before[side].get(price) != size
        ]
        for side, price, size in gone + new:
            flag = DEPTH_EVENT | (BUY_EVENT if side == "bids" else SELL_EVENT)
            rows.append((flag | BOTH, at, at, float(price), float(size), 0, 0, 0.0))
        before = now
    # The program needs a row after the last that it is to look at.
    rows.append((*rows[-1][:1], rows[-1][1] + 3600 * ONE_SECOND, rows[-1][2] + 3600 * ONE_SECOND, *rows[-1][3:]))
    return np.array(rows, dtype=event_dtype)


def run(rows, scenario, latency):
    """The fills and final states that the program answers. `latency` in microseconds, the same in all directions."""
    instrument, settings = scenario["instrument"], scenario["settings"]
    asset = (
        BacktestAsset()
        .data([rows])
        .linear_asset(1.0)
        .constant_order_latency(latency * 1000, latency * 1000)
        .partial_fill_exchange()
        .trading_value_fee_model(float(settings["makerFee"]), float(settings["takerFee"]))
        .tick_size(float(instrument["priceIncrement"]))
        .lot_size(float(instrument["sizeIncrement"]))
    )
    # The power model with an exponent of 1: cancellations are ahead as often as what is ahead is of what is shown.
    proportional = settings["queueModel"] == "proportional"
    asset = asset.power_prob_queue_model(1.0) if proportional else asset.risk_adverse_queue_model()
    program = HashMapMarketDepthBacktest([asset])
    try:
        return _play(program, rows, scenario, latency)
    finally:
        program.close()


def _play(program, rows, scenario, latency):
    log = Log(rows, scenario, latency)
    # Until time has begun to pass the program's clock stands at its greatest value.
    program.elapse(0)
    for request in scenario["requests"]:
        _wait_until(program, request["at"] * 1000, log)
        if request["action"] == "submit":
            _submit(program, log.numbers[request["order"]["id"]], request["order"])
        elif request["action"] == "cancel":
            _accepted(program.cancel(0, log.numbers[request["id"]], False), request)
        else:
            price, quantity = float(request["price"]), float(request["quantity"])
            _accepted(program.modify(0, log.numbers[request["id"]], price, quantity, False), request)
        log.look(program)
    _wait_until(program, int(rows[-1]["exch_ts"]) - ONE_SECOND, log)
    return log.answer()


def _submit(program, number, order):
    submit = program.submit_buy_order if order["side"] == "BUY" else program.submit_sell_order
    time_in_force = GTX if order["postOnly"] else TIMES_IN_FORCE[order["timeInForce"]]
    _accepted(submit(0, number, float(order["price"]), float(order["quantity"]), time_in_force, LIMIT, False), order)


def _accepted(code, what):
    if code != 0:
        raise RuntimeError(f"{what} was refused with {code}")


def _wait_until(program, at, log):
    while program.current_timestamp < at:
        code = program.wait_next_feed(True, at - program.current_timestamp)
        log.look(program)
        if code == 1:
            raise RuntimeError("the data ended before the time that was waited for")
        if code not in (0, 2, 3):
            raise RuntimeError(f"waiting failed with {code}")


class Log:
    """What is seen of the orders after each step."""

    def __init__(self, rows, scenario, latency):
        self.rows, self.scenario, self.latency = rows, scenario, latency
        submits = [one for one in scenario["requests"] if one["action"] == "submit"]
        self.submitted = {one["order"]["id"]: one for one in submits}
        ids = list(self.submitted)
        self.numbers = {one: index + 1 for index, one in enumerate(ids)}
        self.left = {one: Decimal(self.submitted[one]["order"]["quantity"]) for one in ids}
        self.states = {one: "SENT" for one in ids}
        self.fills = []
        self.decimals = scenario["instrument"]["sizeDecimals"]

    def look(self, program):
        for name, number in self.numbers.items():
            order = program.orders(0).get(number)
            if order is None or order.status not in STATES:
                continue
            self.states[name] = STATES[order.status]
            left = self.whole(order.leaves_qty)
            if order.status == NEW:
                # Also after a replacement: what it left to be filled.
                self.left[name] = left
            if left == self.left[name]:
                continue
            filled, self.left[name] = self.left[name] - left, left
            self.fills.extend(self.parts(name, order, filled))

    def parts(self, name, order, filled):
        """
        The fills of one moment. Of several the program shows the last alone, and their sum; those before it are shown by
        the same order in the same market, smaller by the last.
        """
        price = Decimal(order.exec_price_tick) * Decimal(self.scenario["instrument"]["priceIncrement"])
        at, rest = divmod(int(order.exch_timestamp), 1000)
        assert rest == 0
        maker = bool(order.arr[0]["maker"])
        last = self.whole(order.exec_qty)
        one = {"id": name, "at": at, "price": text_of(price), "liquidity": "MAKER" if maker else "TAKER"}
        if maker or last == filled:
            return [{**one, "quantity": text_of(filled)}]
        request = self.submitted[name]
        smaller = {**request["order"], "quantity": text_of(filled - last)}
        alone = {**self.scenario, "requests": [{**request, "order": smaller}]}
        before = run(self.rows, alone, self.latency)["fills"]
        return before + [{**one, "quantity": text_of(last)}]

    def whole(self, quantity):
        return Decimal(round(float(quantity) * 10**self.decimals)).scaleb(-self.decimals)

    def answer(self):
        names = ("id", "at", "price", "quantity", "liquidity")
        fills = [{name: fill[name] for name in names} for fill in self.fills]
        orders = []
        for name, state in self.states.items():
            filled = sum((Decimal(fill["quantity"]) for fill in self.fills if fill["id"] == name), Decimal(0))
            orders.append({"id": name, "state": state, "filled": text_of(filled)})
        return {"latencyMicros": self.latency, "fills": fills, "orders": orders}
