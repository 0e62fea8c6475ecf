"""Makes all vectors anew: `python tests/vectors/make/main.py`, with the packages of requirements.txt."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

sys.dont_write_bytecode = True

import hft
import nautilus
from market import digest_of, events_of, sha256_of
from scenarios_hftbacktest import SCENARIOS as FOR_HFTBACKTEST
from scenarios_nautilus import SCENARIOS as FOR_NAUTILUS

VECTORS = Path(__file__).resolve().parents[1]


def main():
    for scenario in FOR_HFTBACKTEST:
        events = events_of(scenario["market"])
        rows = hft.rows_of(events)
        answers = [hft.run(rows, scenario, latency) for latency in scenario["latencies"]]
        write("hftbacktest", scenario, events, answers)
    for scenario in FOR_NAUTILUS:
        events = events_of(scenario["market"])
        write("nautilus", scenario, events, [nautilus.run(events, scenario)], package="nautilus_trader")


def write(folder, scenario, events, answers, package=None):
    if "bar" not in {event["kind"] for event in events}:
        refuse_ties(scenario, events)
    market = dict(scenario["market"])
    if market["type"] == "recording":
        market["sha256"] = sha256_of(market["path"])
    market["count"] = len(events)
    market["digest"] = digest_of(events, scenario["instrument"])
    program = package or folder
    vector = {
        "name": scenario["name"],
        "shows": scenario["shows"],
        "program": {"name": program, "version": version(program)},
        "market": market,
        "instrument": scenario["instrument"],
        "settings": scenario["settings"],
        "requests": scenario["requests"],
        "answers": answers,
    }
    path = VECTORS / folder / f"{scenario['name']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(vector, indent=2) + "\n")
    print(path.relative_to(VECTORS), len(events), [len(answer["fills"]) for answer in answers])


def refuse_ties(scenario, events):
    """A request comes after the events of its time; hftbacktest cannot be told so, so that it is asked none such."""
    told = {event["at"] for event in events}
    for request in scenario["requests"]:
        for latency in scenario["latencies"]:
            if request["at"] + latency in told:
                raise ValueError(f"{scenario['name']}: a request arrives together with an event")


main()
