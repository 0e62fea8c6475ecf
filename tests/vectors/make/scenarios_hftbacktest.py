"""What is asked of hftbacktest: on recorded books, and on small markets whose right answer can be reckoned by hand."""

BINANCE = {
    "type": "recording",
    "path": "binance_spot_ticks_2024-08-08/btcusdt_20240808.gz",
    "format": "binance-depth-and-trades",
    "product": "BTC-USDT",
    "kinds": ["book", "trade"],
}
BINANCE_BEGINS = 1723161254206652
BTC_USDT = {"priceDecimals": 2, "sizeDecimals": 8, "priceIncrement": "0.01", "sizeIncrement": "0.00001"}

COINBASE = {
    "type": "recording",
    "path": "coinbase_ws_raw_2021-04-17/COINBASE.ws.28.0",
    "format": "coinbase-level2-and-matches",
    "product": "SKL-USD",
    "kinds": ["book", "trade"],
}
COINBASE_BEGINS = 1618677817075351
SKL_USD = {"priceDecimals": 4, "sizeDecimals": 1, "priceIncrement": "0.0001", "sizeIncrement": "0.1"}

WRITTEN = {"priceDecimals": 2, "sizeDecimals": 3, "priceIncrement": "0.01", "sizeIncrement": "0.001"}
WRITTEN_BEGINS = 1_700_000_000_000_000

LATENCY = 100_000


def submit(at, name, side, price, quantity, time_in_force="GTC", post_only=False):
    order = {"id": name, "type": "LIMIT", "side": side, "price": price, "quantity": quantity}
    return {"at": at, "action": "submit", "order": {**order, "timeInForce": time_in_force, "postOnly": post_only}}


def cancel(at, name):
    return {"at": at, "action": "cancel", "id": name}


def replace(at, name, price, quantity):
    return {"at": at, "action": "replace", "id": name, "price": price, "quantity": quantity}


def recorded(name, shows, begin, end, requests, source=BINANCE, origin=BINANCE_BEGINS, instrument=BTC_USDT, latencies=(0, LATENCY)):
    """Times are seconds since the recording's first book."""

    def at(seconds):
        return origin + round(seconds * 1_000_000)

    market = {**source, "from": at(begin), "to": at(end)}
    moved = [{**one, "at": at(one["at"])} for one in requests]
    return scenario(name, shows, market, instrument, moved, latencies)


def written(name, shows, events, requests, queue_model="conservative"):
    """Times are milliseconds since the market begins."""

    def at(millis):
        return WRITTEN_BEGINS + millis * 1000

    market = {"type": "written", "product": "ABC-USD", "events": [{**one, "at": at(one["at"])} for one in events]}
    moved = [{**one, "at": at(one["at"])} for one in requests]
    return scenario(name, shows, market, WRITTEN, moved, (0,), queue_model)


def scenario(name, shows, market, instrument, requests, latencies, queue_model="conservative"):
    settings = {"queueModel": queue_model, "makerFee": "0.001", "takerFee": "0.002"}
    return {
        "name": name,
        "shows": shows,
        "market": market,
        "instrument": instrument,
        "settings": settings,
        "latencies": latencies,
        "requests": requests,
    }


def book(at, bids, asks):
    return {"at": at, "kind": "book", "bids": bids, "asks": asks}


def trade(at, taker, price, size):
    return {"at": at, "kind": "trade", "price": price, "size": size, "taker": taker}


ASKS = [["101", "5"], ["102", "5"]]

RECORDED = [
    recorded(
        "resting-at-the-best",
        "A bid at the best price waits behind 3.67 BTC, moves up as the displayed size falls, and is filled as the price gives way.",
        93.0,
        101.0,
        [submit(96.62, "bid", "BUY", "61784.63", "0.05")],
    ),
    recorded(
        "improving-the-best",
        "A bid inside a spread of 101 ticks is alone at its price; with latency it comes after the ask has fallen below it.",
        105.0,
        107.0,
        [submit(105.1812, "bid", "BUY", "61775", "0.05")],
    ),
    recorded(
        "behind-the-best",
        "Two bids under the best price, at levels that are shown; the market falls through the one and to the other.",
        93.0,
        101.0,
        [submit(93.21, "near", "BUY", "61780.67", "0.5"), submit(93.22, "far", "BUY", "61780", "0.5")],
    ),
    recorded(
        "resting-ask",
        "An ask at the best price waits behind 3.39 BTC until the market rises through it.",
        36.0,
        39.0,
        [submit(36.91, "ask", "SELL", "61836.81", "0.05")],
    ),
    recorded(
        "cancel",
        "Two bids at the best price; one cancel comes in time, the other is overtaken by the fill when it has latency.",
        93.0,
        101.0,
        [
            submit(96.62, "early", "BUY", "61784.63", "0.05"),
            submit(96.63, "late", "BUY", "61784.63", "0.05"),
            cancel(97.01, "early"),
            cancel(99.43, "late"),
        ],
    ),
    recorded(
        "replace",
        "A bid one tick behind the best is moved to the best, to the back of its queue.",
        93.0,
        101.0,
        [submit(95.61, "bid", "BUY", "61784.62", "0.05"), replace(98.31, "bid", "61784.63", "0.05")],
    ),
    recorded(
        "marketable",
        "A bid walks several levels within its limit.",
        93.0,
        94.0,
        [submit(93.0211, "bid", "BUY", "61790", "1.7")],
    ),
    recorded(
        "marketable-beyond-what-is-shown",
        "A bid asks for more than is shown up to its limit.",
        93.0,
        94.05,
        [submit(94.0391, "bid", "BUY", "61785", "6")],
        latencies=(0,),
    ),
    recorded(
        "post-only",
        "A post-only bid at the ask is refused; one at the bid rests, or comes too late and would cross.",
        105.0,
        106.0,
        [
            submit(105.101, "crosses", "BUY", "61782.26", "0.01", post_only=True),
            submit(105.103, "rests", "BUY", "61782.25", "0.01", post_only=True),
        ],
    ),
    recorded(
        "immediate-or-cancel",
        "A bid for more than is shown at the best ask takes what is there; one under the ask takes nothing.",
        93.0,
        94.0,
        [
            submit(93.0211, "takes", "BUY", "61784.64", "2", "IOC"),
            submit(93.0221, "misses", "BUY", "61784.63", "2", "IOC"),
        ],
    ),
    recorded(
        "fill-or-kill",
        "A bid that is shown in full is filled, or killed when latency brings it to a thinner ask; one for more is killed.",
        93.0,
        94.0,
        [
            submit(93.0211, "fits", "BUY", "61784.64", "1.2", "FOK"),
            submit(93.0221, "exceeds", "BUY", "61784.64", "40", "FOK"),
        ],
    ),
    recorded(
        "book-before-its-trade",
        "A venue that tells the book first and its trades after it: a fall of the displayed size is counted twice.",
        23.6,
        25.0,
        [submit(23.6601, "bid", "BUY", "0.7901", "200")],
        COINBASE,
        COINBASE_BEGINS,
        SKL_USD,
    ),
]

EXAMPLES = [
    written(
        "queue-example",
        "The example of a queue: behind 5, two trades of 3 fill one, a trade through the price fills the rest.",
        [
            book(0, [["100", "5"], ["99", "5"]], ASKS),
            trade(2000, "SELL", "100", "3"),
            trade(3000, "SELL", "100", "3"),
            trade(4000, "SELL", "99", "0.1"),
        ],
        [submit(1000, "bid", "BUY", "100", "2")],
    ),
    written(
        "improving-example",
        "The example of an improving bid: nothing is ahead, so that a trade of 0.5 fills 0.5.",
        [book(0, [["99", "5"]], ASKS), trade(2000, "SELL", "100", "0.5")],
        [submit(1000, "bid", "BUY", "100", "2")],
    ),
    written(
        "fall-told-twice",
        "The book falls from 5 to 2, then comes the trade of 3 that made it fall.",
        [
            book(0, [["100", "5"]], ASKS),
            book(2000, [["100", "2"]], ASKS),
            trade(2000, "SELL", "100", "3"),
        ],
        [submit(1000, "bid", "BUY", "100", "2")],
    ),
    written(
        "ask-falls-on-the-bid",
        "The opposing best comes to the price of a resting bid with less than the bid wants.",
        [book(0, [["100", "5"]], ASKS), book(2000, [["99", "5"]], [["100", "0.5"], ["101", "5"]])],
        [submit(1000, "bid", "BUY", "100", "2")],
    ),
    written(
        "taken-twice",
        "An ask of 1 is shown in three books; three bids of 1 take it.",
        [book(at, [["99", "5"]], [["100", "1"]]) for at in (0, 2000, 4000)],
        [submit(at, f"bid{at // 2000}", "BUY", "100", "1", "IOC") for at in (1000, 3000, 5000)],
    ),
    written(
        "two-own-orders",
        "Two own bids at one price, with nothing ahead, and one trade of 1.",
        [book(0, [["99", "5"]], ASKS), trade(3000, "SELL", "100", "1")],
        [submit(1000, "first", "BUY", "100", "1"), submit(2000, "second", "BUY", "100", "1")],
    ),
    written(
        "smaller-keeps-its-place",
        "Ahead of a bid 5 become 1 by trades; the bid is made smaller, then 2 more trade.",
        [
            book(0, [["100", "5"]], ASKS),
            trade(2000, "SELL", "100", "4"),
            book(2500, [["100", "4"]], ASKS),
            trade(4000, "SELL", "100", "2"),
        ],
        [submit(1000, "bid", "BUY", "100", "2"), replace(3000, "bid", "100", "1")],
    ),
    written(
        "larger-goes-to-the-back",
        "Ahead of a bid 5 become 1 by trades; the bid is made larger behind the 4 that are shown, then 2 and 3 more trade.",
        [
            book(0, [["100", "5"]], ASKS),
            trade(2000, "SELL", "100", "4"),
            book(2500, [["100", "4"]], ASKS),
            trade(4000, "SELL", "100", "2"),
            trade(5000, "SELL", "100", "3"),
        ],
        [submit(1000, "bid", "BUY", "100", "2"), replace(3000, "bid", "100", "3")],
    ),
    written(
        "level-out-of-sight",
        "A bid beyond the last level that is shown; the level comes into sight with 7, then 1 trades there.",
        [
            book(0, [["100", "5"], ["99", "5"]], ASKS),
            book(2000, [["96", "5"], ["95", "7"]], ASKS),
            trade(3000, "SELL", "95", "1"),
        ],
        [submit(1000, "bid", "BUY", "95", "1")],
    ),
    written(
        "cancelled-ahead",
        "What is shown falls by cancellations alone: first to more than is ahead, then to less.",
        [
            book(0, [["100", "5"]], ASKS),
            book(2000, [["100", "9"]], ASKS),
            book(3000, [["100", "6"]], ASKS),
            book(4000, [["100", "2"]], ASKS),
            trade(5000, "SELL", "100", "2.5"),
        ],
        [submit(1000, "bid", "BUY", "100", "2")],
    ),
    written(
        "proportional-cancellations",
        "Behind 4, with 4 more behind it; what is shown falls by cancellations alone, a quarter and then two thirds.",
        [
            book(0, [["100", "4"]], ASKS),
            book(2000, [["100", "8"]], ASKS),
            book(3000, [["100", "6"]], ASKS),
            book(4000, [["100", "2"]], ASKS),
            trade(5000, "SELL", "100", "2.5"),
        ],
        [submit(1000, "bid", "BUY", "100", "2")],
        "proportional",
    ),
    written(
        "proportional-after-a-trade",
        "Behind 4 of 8; 2 trade, then what is shown falls by 4, of which 2 are no trade.",
        [
            book(0, [["100", "4"]], ASKS),
            book(2000, [["100", "8"]], ASKS),
            trade(3000, "SELL", "100", "2"),
            book(4000, [["100", "4"]], ASKS),
            trade(5000, "SELL", "100", "2.5"),
        ],
        [submit(1000, "bid", "BUY", "100", "2")],
        "proportional",
    ),
]

SCENARIOS = RECORDED + EXAMPLES
