"""What is asked of nautilus_trader: stops, trailing stops and brackets, on recorded quotes and on one-minute bars."""

QUOTES = {
    "type": "recording",
    "path": "coinbase_btcusd_l2_trades_2026-07-21/events_sample.csv",
    "format": "coinbase-quotes-and-trades",
    "product": "BTC-USD",
    "kinds": ["quote"],
}
QUOTES_BEGIN = 1784621728793647

CANDLES = {
    "type": "recording",
    "path": "coinbase_btcusd_1m_2020-02/BTC-USD-1581292800000-60.json",
    "format": "coinbase-candles",
    "product": "BTC-USD",
    "kinds": ["bar"],
}
CANDLES_BEGIN = 1581292800000000
MINUTE = 60_000_000

BTC_USD = {"priceDecimals": 2, "sizeDecimals": 8, "priceIncrement": "0.01", "sizeIncrement": "0.00000001"}


def order(kind, name, side, quantity, **more):
    one = {"id": name, "type": kind, "side": side, "quantity": quantity, "timeInForce": "GTC"}
    if kind in ("STOP", "STOP_LIMIT", "TRAILING_STOP"):
        one["trigger"] = "QUOTE"
    return {**one, **more}


def submit(at, one):
    return {"at": at, "action": "submit", "order": one}


def bracket(at, entry, stop, target):
    """`stop` and `target` are prices; both close as much as the entry opens."""
    quantity = entry["quantity"]
    closing = {
        "stop": order("STOP", "stop", "SELL", quantity, triggerPrice=stop, reduceOnly=True),
        "target": order("LIMIT", "target", "SELL", quantity, price=target, reduceOnly=True),
    }
    return {"at": at, "action": "bracket", "entry": entry, **closing}


def oco(at, *orders):
    return {"at": at, "action": "oco", "orders": list(orders)}


def on_quotes(name, shows, begin, end, *requests):
    """Times are seconds since the recording's first row."""

    def at(seconds):
        return QUOTES_BEGIN + round(seconds * 1_000_000)

    market = {**QUOTES, "from": at(begin), "to": at(end)}
    return scenario(f"quotes-{name}", shows, market, [{**one, "at": at(one["at"])} for one in requests])


def on_candles(name, shows, first, last, *requests):
    """Times are numbers of candles; what is asked comes after the candle has been told."""
    market = {**CANDLES, "from": CANDLES_BEGIN + (first + 1) * MINUTE, "to": CANDLES_BEGIN + (last + 2) * MINUTE}
    moved = [{**one, "at": CANDLES_BEGIN + (one["at"] + 1) * MINUTE} for one in requests]
    return scenario(f"bars-{name}", shows, market, moved)


def on_written(name, shows, bars, *requests):
    """Bars of a minute each as open, high, low and close; each has a volume of 100."""
    begin = 1_700_000_040_000_000
    events = [
        {
            "at": begin + (index + 1) * MINUTE,
            "kind": "bar",
            "begin": begin + index * MINUTE,
            **dict(zip(("open", "high", "low", "close"), prices, strict=True)),
            "volume": "100",
        }
        for index, prices in enumerate(bars)
    ]
    market = {"type": "written", "product": "BTC-USD", "events": events}
    moved = [{**one, "at": begin + (one["at"] + 1) * MINUTE} for one in requests]
    return scenario(f"bars-{name}", shows, market, moved)


def scenario(name, shows, market, requests):
    settings = {"makerFee": "0.001", "takerFee": "0.002"}
    return {
        "name": name,
        "shows": shows,
        "market": market,
        "instrument": BTC_USD,
        "settings": settings,
        "latencies": [0],
        "requests": requests,
    }


ON_QUOTES = [
    on_quotes(
        "limit-touched",
        "The ask comes to the price of a resting bid with less than the bid wants, and later with more.",
        22,
        25,
        submit(22.1, order("LIMIT", "bid", "BUY", "0.1", price="66205.1")),
    ),
    on_quotes(
        "limit-through",
        "The ask falls through the price of a resting bid, and shows less than the bid wants.",
        22,
        29,
        submit(22.1, order("LIMIT", "bid", "BUY", "0.1", price="66200")),
    ),
    on_quotes(
        "limit-marketable",
        "A bid above the ask for more than the quote shows.",
        22,
        23,
        submit(22.1, order("LIMIT", "bid", "BUY", "0.3", price="66212")),
    ),
    on_quotes(
        "stop",
        "A sell stop that the bid jumps over.",
        22,
        27,
        submit(22.1, order("STOP", "stop", "SELL", "0.04", triggerPrice="66205")),
    ),
    on_quotes(
        "stop-limit",
        "A sell stop with a limit that the bid jumps over; it rests at its limit until the bid comes back.",
        22,
        42,
        submit(22.1, order("STOP_LIMIT", "stop", "SELL", "0.04", triggerPrice="66205", price="66203")),
    ),
    on_quotes(
        "trailing-stop",
        "A sell stop that trails the bid by 5.",
        28,
        31,
        submit(28.7, order("TRAILING_STOP", "stop", "SELL", "0.03", trailingAmount="5")),
    ),
    on_quotes(
        "trailing-stop-activation",
        "A sell stop that trails the bid by 4 once the bid has come to 66193.",
        28,
        31,
        submit(28.7, order("TRAILING_STOP", "stop", "SELL", "0.03", trailingAmount="4", activationPrice="66193")),
    ),
    on_quotes(
        "trailing-stop-share",
        "A sell stop that trails the bid by a hundredth of a percent.",
        28,
        39,
        submit(28.7, order("TRAILING_STOP", "stop", "SELL", "0.03", trailingShare="0.0001")),
    ),
    on_quotes(
        "bracket-target",
        "A market entry with stop and target; the bid rises through the target.",
        28,
        31,
        bracket(28.7, order("MARKET", "entry", "BUY", "0.05"), "66183", "66193"),
    ),
    on_quotes(
        "bracket-stop",
        "A market entry with stop and target; the bid falls over the stop.",
        32.5,
        36,
        bracket(32.9, order("MARKET", "entry", "BUY", "0.04"), "66196", "66210"),
    ),
    on_quotes(
        "bracket-partial-entry",
        "A limit entry that is filled in two parts, with stop and target; the bid rises through the target.",
        22,
        24.4,
        bracket(22.1, order("LIMIT", "entry", "BUY", "0.1", price="66205.1"), "66200", "66207.5"),
    ),
    on_quotes(
        "oco",
        "A stop and a target beside a position, of which one cancels the other.",
        28,
        31,
        submit(28.7, order("MARKET", "entry", "BUY", "0.05")),
        oco(
            28.71,
            order("STOP", "stop", "SELL", "0.05", triggerPrice="66183", reduceOnly=True),
            order("LIMIT", "target", "SELL", "0.05", price="66193", reduceOnly=True),
        ),
    ),
]

FIRST = ("96", "97", "95.5", "96")
HIGH = ("92", "93", "91", "92")

ON_BARS = [
    on_written(
        "limit-touched",
        "The low of a bar is the price of a bid.",
        [FIRST, ("96", "97", "95", "96.5"), ("96.5", "97", "96", "97")],
        submit(0, order("LIMIT", "bid", "BUY", "1", price="95")),
    ),
    on_written(
        "limit-through",
        "The low of a bar is a tick under the price of a bid.",
        [FIRST, ("96", "97", "94.99", "96.5"), ("96.5", "97", "96", "97")],
        submit(0, order("LIMIT", "bid", "BUY", "1", price="95")),
    ),
    on_written(
        "limit-gap",
        "A bar opens under the price of a bid.",
        [FIRST, ("94", "96", "93.5", "95.5"), ("95.5", "97", "95", "97")],
        submit(0, order("LIMIT", "bid", "BUY", "1", price="95")),
    ),
    on_written(
        "stop",
        "The low of a bar is under the price of a sell stop.",
        [HIGH, ("92", "93", "89", "91"), ("91", "92", "90.5", "91")],
        submit(0, order("STOP", "stop", "SELL", "1", triggerPrice="90")),
    ),
    on_written(
        "stop-gap",
        "A bar opens under the price of a sell stop.",
        [HIGH, ("88", "89", "87", "88.5"), ("88.5", "89", "88", "88.5")],
        submit(0, order("STOP", "stop", "SELL", "1", triggerPrice="90")),
    ),
    on_candles(
        "market",
        "A market order that is raised by the end of a candle.",
        8150,
        8154,
        submit(8151, order("MARKET", "buy", "BUY", "1")),
        submit(8153, order("MARKET", "sell", "SELL", "1")),
    ),
    on_candles(
        "stop-limit",
        "A sell stop with a limit, both within the fall of one candle, and one whose limit is not there again at once.",
        8150,
        8156,
        submit(8151, order("STOP_LIMIT", "within", "SELL", "1", triggerPrice="10000", price="9995")),
        submit(8151, order("STOP_LIMIT", "above", "SELL", "1", triggerPrice="9900", price="9950")),
    ),
    on_candles(
        "trailing-stop",
        "A sell stop that trails by 50 through a rise.",
        358,
        364,
        submit(359, order("TRAILING_STOP", "stop", "SELL", "1", trailingAmount="50")),
    ),
    on_candles(
        "bracket-both-in-one-bar",
        "A market entry whose stop and target are both within the next candle.",
        8152,
        8156,
        bracket(8153, order("MARKET", "entry", "BUY", "1"), "9800", "9889.99"),
    ),
]

SCENARIOS = ON_QUOTES + ON_BARS
