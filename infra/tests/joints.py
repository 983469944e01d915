"""Compares what the code says with what the infrastructure says, by reading both.

Usage: joints.py <folder of the infrastructure>
"""

import re
import sys
from pathlib import Path

infra = Path(sys.argv[1]).resolve()
functions = infra.parent / "functions"
faults = []


def read(path):
    return path.read_text(encoding="utf-8")


def code(*folders):
    files = [file for folder in folders for file in (functions / folder).rglob("*.rs")]
    # Unit tests stand at a file's end.
    return "\n".join(read(file).split("#[cfg(test)]")[0] for file in files if "tests" not in file.parts)


def same(what, left, right):
    if left != right:
        faults.append(f"{what}: the code has {sorted(left)}, the infrastructure {sorted(right)}")
    elif not left:
        faults.append(f"{what}: nothing was found to compare")
    else:
        print(f"{what}: {', '.join(str(x) for x in sorted(left))}")


def seconds(path, name):
    found = re.search(rf"const {name}: \w+ = \w+::from_secs\((\d+)\)", read(functions / path))
    return int(found[1]) if found else None


plan = "\n".join(read(file) for file in sorted((infra / "modules/plan").glob("*.tf")))
policies = read(infra / "modules/plan/policies.tf")
metrics_tf = read(infra / "modules/plan/metrics.tf")

# Every action that the code calls is allowed to somebody, and no other. The tables are made by
# Terraform, never by a function or an operator of a deployment.
called = set(re.findall(r'"((?:dynamodb|secretsmanager):\w+)"', code("shared/ledger/src", "shared/runtime/src")))
allowed = set(re.findall(r'"((?:dynamodb|secretsmanager):\w+)"', policies)) - {"dynamodb:Attributes"}
same("AWS actions", called - {"dynamodb:CreateTable"}, allowed)

# A call that has no such constant would escape the comparison above.
calls = {
    "".join(word.title() for word in call.split("_"))
    for call in re.findall(r"client\s*\.((?:[a-z]+_)+[a-z]+)\(\)", code("shared/ledger/src", "shared/runtime/src"))
} | {call.title() for call in re.findall(r"client\s*\.(query|scan)\(\)", code("shared/ledger/src"))}
same("operations", calls, {action.split(":")[1] for action in called})

# The operator's own calls, beside those of the crates that he shares with the functions.
functions_own = {"logs:CreateLogStream", "logs:PutLogEvents"}
same("calls about logs", set(re.findall(r'"(logs:\w+)"', code("empikctl/src"))), set(re.findall(r'"(logs:\w+)"', policies)) - functions_own)

# Every variable that the code reads is set, except those for local work and Lambda's own.
environment = read(functions / "shared/runtime/src/environment.rs").split("#[cfg(test)]")[0]
wanted = set(re.findall(r'const \w+: &str = "([A-Z_]+)";', environment)) - {"ALLOW_HTTP"}
block = re.search(r'output "environment_variables" \{.*?\n\}', plan, re.S)[0]
same("environment variables", wanted, set(re.findall(r"^\s+([A-Z_]+)\s*=", block, re.M)))

# What the functions are kept from writing is what settings are stored in, and nothing else names it.
settings = read(functions / "shared/ledger/src/admin.rs").split("pub async fn put_settings")[1].split("pub async fn")[0]
stored = set(re.findall(r'item\.insert\((\w+|"\w+")\.into\(\)', settings))
stored = {"settings" if name == "SETTINGS" else name.strip('"') for name in stored}
denied = re.search(r'"dynamodb:Attributes" = \[(.*?)\]', policies)
same("attributes of settings", stored, set(re.findall(r'"(\w+)"', denied[1])) if denied else set())
written = code("shared/ledger/src").replace(settings, "")
for name in sorted(stored):
    if re.search(rf'#{name}\b|insert\("{name}"|set\(&mut item, "{name}"', written):
        faults.append(f"the attribute {name} is written by a function that may not write it")

# What DynamoDB deletes by is what the ledger writes.
expires = re.search(r'pub const EXPIRES: &str = "(\w+)"', read(functions / "shared/ledger/src/schema.rs"))
ttl = re.search(r'== "conversations" \? \["(\w+)"\]', read(infra / "state.tf"))
same("attribute of expiry", {expires[1]} if expires else set(), {ttl[1]} if ttl else set())

# Time-outs.
for name, path, constant in [
    ("call", "shared/wire/src/lib.rs", "CALL_TIMEOUT"),
    ("file", "shared/wire/src/lib.rs", "FILE_TIMEOUT"),
    ("lease_margin", "shared/bridge/src/engine/tick.rs", "LEASE_MARGIN"),
]:
    here = re.search(rf"^\s+{name}\s*= (\d+)$", plan, re.M)
    same(f"time-out {name}", {seconds(path, constant)}, {int(here[1])})

# Every table, key, index and projected attribute that the code uses is made, and no other.
schema = read(functions / "shared/ledger/src/schema.rs")
words = dict(re.findall(r'pub const (\w+): &str = "(\w+)";', schema))


def keys(text, word):
    return tuple(words.get(key, key) for key in re.findall(word, text))


def made(table):
    block = re.search(rf"^    {table} = \{{\n(.*?)^    \}}", plan, re.S | re.M)[1]
    indexes = re.search(r"indexes\s+= \{(.*?)\}", block, re.S)[1]
    projected = re.search(r"projected\s+= \{(.*?)\}", block, re.S)[1]
    listed = {("keys", *keys(re.search(r"keys\s+= \[(.*?)\]", block)[1], r'"(\w+)"'))}
    for kind, text in [("index", indexes), ("projected", projected)]:
        listed |= {(kind, name, *keys(inner, r'"(\w+)"')) for name, inner in re.findall(r"(\w+)\s*= \[(.*?)\]", text)}
    return listed


for table in ["integrations", "conversations"]:
    block = re.search(rf"const {table.upper()}: Plan = Plan \{{(.*?)\}};", schema, re.S)[1]
    used = {("keys", *keys(re.search(r"keys: &\[(.*?)\]", block)[1], r"\w+"))}
    used |= {("index", words[name], *keys(inner, r"\w+")) for name, inner in re.findall(r"\((\w+), &\[(.*?)\]\)", block)}
    if table == "conversations":
        used |= {("projected", words[name], words[attribute]) for name, attribute in
                 re.findall(r"(\w+) => Projection[^,]*Include\)\s*\.non_key_attributes\((\w+)\)", schema)}
    same(f"table of {table}", used, made(table))

# Every metric that is counted from the lines of ticks is written there.
emitted = set(re.findall(r'pub const \w+: &str = "(\w+)";', read(functions / "shared/runtime/src/metrics.rs")))
counted = set(re.findall(r"\$\.([A-Z]\w+)", metrics_tf))
same("metrics of ticks", counted & emitted, counted)
dashboard = read(infra / "dashboard.tf")
searched = set(re.findall(r'MetricName=\\"(\w+)\\"', dashboard))
names = dict(re.findall(r'pub const (\w+): &str = "(\w+)";', read(functions / "shared/runtime/src/metrics.rs")))
declared = {names[name] for name in re.findall(r'\((\w+), "(?:Seconds|Count)"\)', read(functions / "shared/runtime/src/metrics.rs"))}
same("metrics of each integration", searched & declared, searched)
spaces = set(re.findall(r"SEARCH\('\{(\w+),(\w+)\}", dashboard))
same("namespace and dimension", {(space, dimension) for space, dimension in spaces if {space, dimension} <= emitted}, spaces)

# Every event that is counted from other lines is logged.
events = set(re.findall(r'event = "([\w.]+)"', code("callback/src", "poller/src")))
counted = set(re.findall(r'\$\.event = \\"([\w.]+)\\"', metrics_tf))
same("events", counted & events, counted)

# Every metric of our own that is watched or shown is made, and each is watched or shown.
counters = set(re.findall(r"^\s+(\w+)\s+= \{ function", metrics_tf, re.M))
alarms = read(infra / "alarms.tf")
watched = set(re.findall(r'namespace\s+= local\.own\n\s+metric\s+= "(\w+)"', alarms))
watched |= {f"{name.title()}{rest}" for rest in re.findall(r'metric\s+= "\$\{title\(key\)\}(\w+)"', alarms) for name in ["poller", "callback"]}
same("metrics with an alarm", watched & counters, watched)
shown = set(re.findall(r'\[local\.own, "(\w+)"', dashboard))
same("metrics that are watched or shown", shown | watched, counters)

# Every alarm, variable and output is explained to people.
readme = read(infra / "README.md")
runbook = set(re.findall(r"`([\w…-]+)`", "\n".join(line.split("|")[1] for line in readme.splitlines() if line.startswith("| `"))))
wanted = set(re.findall(r"^      ([\w-]+) = \{$", alarms, re.M)) | {
    "poller-needs-a-person", "callback-needs-a-person", "poller-errors", "callback-errors", "…-throttled", "…-slow",
    "queue-unscheduled", "queue-failed", "table-…-throttled"}
same("alarms in the runbook", wanted & runbook, wanted)

if faults:
    sys.exit("\n".join(faults))
