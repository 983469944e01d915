"""What a deployment costs in a month, computed from what was measured (units.json).

Usage: cost.py table | cost.py words SHOPS MESSAGES | cost.py check README.md

A test of the functions measures the units, a test of the deployment counts alarms and metrics, and
`check` compares the table in a document with the one that follows from them: none can go stale alone.
"""

import json
import math
import sys
from pathlib import Path

UNITS = json.loads((Path(__file__).resolve().parent / "units.json").read_text())

# List prices in US dollars for eu-central-1, without free tiers. AWS changes them: see its price list.
PRICES = {
    "lambda_gb_second_arm64": 0.0000133334,
    "lambda_request": 0.20e-6,
    "write_unit": 0.7625e-6,
    "read_unit": 0.1525e-6,
    "secret": 0.40,
    "secret_call": 0.05 / 10_000,
    "metric": 0.30,
    "alarm": 0.10,
    "dashboard": 3.00,
    "log_gb": 0.63,
}

MEMORY_GB = 0.25
PROCESSOR = 256 / 1769  # of one: Lambda gives a whole one with 1,769 MB

# What is assumed, because it depends on the other side and on the shop.
CALL_SECONDS = 0.15  # until the other side answers
OVERHEAD_SECONDS = 0.1  # of an invocation: new connections, and the tables
SHOPS_A_SHARD = 50  # as poller_shards is described
SHARE_IN = 0.5  # of all messages; the others are replies
NEW = 1 / 3  # of the messages in: the first of a conversation, of a new buyer
CALLS_A_MESSAGE = 2  # of Thulium's webhook
MINUTES = 30.4375 * 24 * 60
SECRET_READS = MINUTES / 15  # a function keeps a secret for a quarter of an hour

SHOPS, MESSAGES = [1, 10, 100], [1_000, 10_000, 100_000]


def month(shops, messages):
    """Dollars a month, by what they are paid for."""
    ticks = MINUTES * math.ceil(shops / SHOPS_A_SHARD)
    came, replies = messages * SHARE_IN, messages * (1 - SHARE_IN)
    parts = [("idle_tick", MINUTES * shops), ("new_conversation", came * NEW),
             ("message_in", came * (1 - NEW)), ("reply_out", replies)]
    units = {kind: sum(UNITS[what][kind] * times for what, times in parts) for kind in ("write_units", "read_units")}
    calls = messages * CALLS_A_MESSAGE
    # Calls one after the other, as if no two conversations were ever worked on at the same time.
    waits = {"idle_tick": ticks, "new_conversation": came * NEW, "message_in": came * (1 - NEW),
             "reply_out": replies, "look": calls - replies}
    works = waits | {"idle_tick": MINUTES * shops}
    seconds = (sum(UNITS[what]["calls"] * CALL_SECONDS * times for what, times in waits.items())
               + sum(UNITS[what]["cpu_ms"] / 1000 / PROCESSOR * times for what, times in works.items())
               + (ticks + calls) * OVERHEAD_SECONDS)
    metrics = UNITS["metrics"]["deployment"] + UNITS["metrics"]["integration"] * shops
    return {
        "functions": seconds * MEMORY_GB * PRICES["lambda_gb_second_arm64"] + (ticks + calls) * PRICES["lambda_request"],
        "tables": units["write_units"] * PRICES["write_unit"] + units["read_units"] * PRICES["read_unit"],
        "secrets": shops * (PRICES["secret"] + 2 * SECRET_READS * PRICES["secret_call"]),
        "metrics": metrics * PRICES["metric"],
        "alarms, dashboard": UNITS["alarms"] * PRICES["alarm"] + PRICES["dashboard"],
        "logs": MINUTES * shops * UNITS["idle_tick"]["log_bytes"] / 1e9 * PRICES["log_gb"],
    }


def table():
    kinds = list(month(1, 1000))
    lines = ["| shops | messages a month | " + " | ".join(kinds) + " | all, $ a month |",
             "| ---: | ---: | " + " | ".join("---:" for _ in kinds) + " | ---: |"]
    for shops in SHOPS:
        for messages in MESSAGES:
            cost = month(shops, messages)
            cells = [f"{cost[kind]:.2f}" for kind in kinds] + [f"**{sum(cost.values()):.0f}**"]
            lines.append(f"| {shops} | {messages:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def words(shops, messages):
    cost = month(shops, messages)
    largest = sorted(cost.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(f"{amount:.2f} for {kind}" for kind, amount in largest)
    shop = "1 shop" if shops == 1 else f"{shops} shops"
    return (f"This will cost about {sum(cost.values()):.0f} US dollars a month with {shop} and {messages:,} messages: {named}.\n"
            "Free tiers, which are worth some 10 dollars a month, are not deducted; taxes are not added.")


def main(arguments):
    verb, rest = arguments[:1], arguments[1:]
    if verb == ["table"] and not rest:
        print(table())
    elif verb == ["words"] and len(rest) == 2 and all(number.isdigit() for number in rest) and int(rest[0]) > 0:
        print(words(int(rest[0]), int(rest[1])))
    elif verb == ["check"] and len(rest) == 1:
        if table() not in Path(rest[0]).read_text(encoding="utf-8"):
            sys.exit(f"the cost table in {rest[0]} is not the one that follows from units.json; it must read:\n{table()}")
        print("the cost table is the one that follows from what was measured")
    else:
        sys.exit("usage: cost.py table | cost.py words SHOPS MESSAGES | cost.py check README.md (whole numbers)")


if __name__ == "__main__":
    main(sys.argv[1:])
