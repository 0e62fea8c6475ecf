"""Markets for the vectors: recordings, or a few events written out, as one list of plain events.

An event is a dict with `at` (whole microseconds since 1970) and `kind`:
  book   bids, asks: [price, size] pairs, best first, at most 40 a side; complete in itself
  trade  price, size, taker: BUY or SELL
  quote  bid, bidSize, ask, askSize
  bar    begin, open, high, low, close, volume; `at` is where it ends
Prices and sizes are Decimals here and strings in the files.
"""

import csv
import gzip
import hashlib
import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "marketdata"
MOST_LEVELS = 40


class Book:
    """All levels of a book, from which the best are shown."""

    def __init__(self):
        self.sides = {"bids": {}, "asks": {}}

    def put(self, side, price, size):
        levels = self.sides[side]
        if size == 0:
            levels.pop(price, None)
        else:
            levels[price] = size

    def shown(self):
        bids = sorted(self.sides["bids"].items(), reverse=True)[:MOST_LEVELS]
        asks = sorted(self.sides["asks"].items())[:MOST_LEVELS]
        return {"bids": [list(one) for one in bids], "asks": [list(one) for one in asks]}


def sha256_of(path):
    return hashlib.sha256((RECORDINGS / path).read_bytes()).hexdigest()


def micros_of(iso):
    """`2021-04-17T16:43:37.061234Z`, exactly."""
    day, fraction = re.fullmatch(r"(.{19})\.?(\d*)Z", iso).groups()
    seconds = datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0"))


def binance_frames(path):
    """Depth differences (100 ms) over the snapshot among them, and trades, each at its time of receipt."""
    book, first = None, 0
    waiting = []
    with gzip.open(RECORDINGS / path, "rt") as lines:
        for line in lines:
            stamp, _, text = line.partition(" ")
            at = int(stamp) // 1000
            message = json.loads(text)
            if "lastUpdateId" in message:
                book, first = Book(), message["lastUpdateId"]
                for side in ("bids", "asks"):
                    for price, size in message[side]:
                        book.put(side, Decimal(price), Decimal(size))
                for earlier in waiting:
                    apply_difference(book, first, earlier)
                yield {"at": at, "kind": "book", **book.shown()}
                continue
            data = message["data"]
            if data.get("e") == "depthUpdate":
                if book is None:
                    waiting.append(data)
                elif apply_difference(book, first, data):
                    yield {"at": at, "kind": "book", **book.shown()}
            elif data.get("e") == "trade" and book is not None:
                taker = "SELL" if data["m"] else "BUY"
                yield {"at": at, "kind": "trade", "price": Decimal(data["p"]), "size": Decimal(data["q"]), "taker": taker}


def apply_difference(book, first, data):
    if data["u"] <= first:
        return False
    for key, side in (("b", "bids"), ("a", "asks")):
        for price, size in data[key]:
            book.put(side, Decimal(price), Decimal(size))
    return True


def coinbase_frames(path, product):
    """Level 2 and matches of one product at the venue's own times; the snapshot takes the time of what follows it."""
    book = Book()
    for line in (RECORDINGS / path).read_text().splitlines():
        found = re.match(r"\d+\.\d+: (\{.*)$", line)
        if found is None:
            continue
        message = json.loads(found[1])
        if message.get("product_id") != product:
            continue
        if message["type"] == "snapshot":
            for side in ("bids", "asks"):
                for price, size in message[side]:
                    book.put(side, Decimal(price), Decimal(size))
        elif message["type"] == "l2update":
            for side, price, size in message["changes"]:
                book.put("bids" if side == "buy" else "asks", Decimal(price), Decimal(size))
            yield {"at": micros_of(message["time"]), "kind": "book", **book.shown()}
        elif message["type"] == "match":
            # The venue names the maker's side.
            taker = "SELL" if message["side"] == "buy" else "BUY"
            price, size = Decimal(message["price"]), Decimal(message["size"])
            yield {"at": micros_of(message["time"]), "kind": "trade", "price": price, "size": size, "taker": taker}


def coinbase_quotes(path):
    """Quotes and trades by time of receipt. Quotes of one receipt are one batch, of which only the last holds."""
    with open(RECORDINGS / path, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    last = None
    for index, row in enumerate(rows):
        at = int(row["ts_ns"]) // 1000
        if row["event_type"] == "trade":
            # The recording names the side of the book that was consumed.
            taker = "SELL" if row["trade_side"] == "b" else "BUY"
            price, size = Decimal(row["trade_price"]), Decimal(row["trade_size"])
            yield {"at": at, "kind": "trade", "price": price, "size": size, "taker": taker}
            continue
        following = rows[index + 1] if index + 1 < len(rows) else None
        if following is not None and following["event_type"] == "quote" and following["ts_ns"] == row["ts_ns"]:
            continue
        names = (("bid", "best_bid"), ("bidSize", "bid_size"), ("ask", "best_ask"), ("askSize", "ask_size"))
        quote = {name: Decimal(row[column]) for name, column in names}
        if quote != last:
            last = quote
            yield {"at": at, "kind": "quote", **quote}


def coinbase_candles(path):
    text = (RECORDINGS / path).read_text()
    for candle in json.loads(text, parse_float=Decimal, parse_int=Decimal):
        begin = int(candle["openTimeInMillis"]) * 1000
        prices = {name: candle[name] for name in ("open", "high", "low", "close", "volume")}
        yield {"at": begin + 60_000_000, "kind": "bar", "begin": begin, **prices}


READERS = {
    "binance-depth-and-trades": lambda source: binance_frames(source["path"]),
    "coinbase-level2-and-matches": lambda source: coinbase_frames(source["path"], source["product"]),
    "coinbase-quotes-and-trades": lambda source: coinbase_quotes(source["path"]),
    "coinbase-candles": lambda source: coinbase_candles(source["path"]),
}


@lru_cache(maxsize=8)
def _whole(form, path, product):
    return list(READERS[form]({"path": path, "product": product}))


def events_of(source):
    """The events of a market's source. A recorded book that stands when the slice begins is its first event."""
    if source["type"] == "written":
        return [{**one, **numbers_of(one)} for one in source["events"]]
    whole = _whole(source["format"], source["path"], source["product"])
    kinds = source["kinds"]
    before = [one for one in whole if one["at"] < source["from"] and one["kind"] in ("book", "quote")]
    slice_ = [one for one in whole if source["from"] <= one["at"] < source["to"]]
    standing = [{**before[-1], "at": source["from"]}] if before else []
    return [one for one in standing + slice_ if one["kind"] in kinds]


def numbers_of(event):
    found = {}
    for name, value in event.items():
        if name in ("bids", "asks"):
            found[name] = [[Decimal(price), Decimal(size)] for price, size in value]
        elif name not in ("at", "kind", "taker", "begin"):
            found[name] = Decimal(value)
    return found


def digest_of(events, instrument):
    """sha256 over a line for each event, in whole counts: by it a reader knows that it has the same market."""
    digest = hashlib.sha256()
    for event in events:
        digest.update((line_of(event, instrument) + "\n").encode())
    return digest.hexdigest()


def line_of(event, instrument):
    def price(value):
        return count_of(value, instrument["priceDecimals"])

    def size(value):
        return count_of(value, instrument["sizeDecimals"])

    def levels(side):
        return ",".join(f"{price(one[0])}:{size(one[1])}" for one in event[side])

    head = f"{event['kind']} {event['at']}"
    if event["kind"] == "book":
        return f"{head} {levels('bids')} {levels('asks')}"
    if event["kind"] == "trade":
        return f"{head} {price(event['price'])} {size(event['size'])} {event['taker']}"
    if event["kind"] == "quote":
        bid, ask = price(event["bid"]), price(event["ask"])
        return f"{head} {bid} {size(event['bidSize'])} {ask} {size(event['askSize'])}"
    prices = " ".join(str(price(event[name])) for name in ("open", "high", "low", "close"))
    return f"{head} {event['begin']} {prices} {size(event['volume'])}"


def count_of(value, decimals):
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} is finer than {decimals} decimals")
    return int(scaled)


def text_of(value):
    """A decimal without exponent and without zeros that say nothing."""
    text = format(Decimal(value), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
