"""Deploys the whole to emulated AWS, uses it as AWS, Thulium and an operator would, and destroys it.

Usage: emulated.py <the infrastructure's own folder> <folder of the functions' packages>; run in the
initialised copy. Needs moto_server and boto3, and cargo for empikctl and the twins of both systems.
"""

import hashlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from base64 import b64encode
from pathlib import Path

import boto3

import scenario
from runtime_api import Function

INFRA, PACKAGES = Path(sys.argv[1]), Path(sys.argv[2])
ARCHITECTURE = PACKAGES.name
ROOT = INFRA.parent
WORK = Path(tempfile.mkdtemp(prefix="emulated-"))
DEPLOYMENT = "empik-bridge-stage"
started = []


def check(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok  {what}", flush=True)


def start(name, *command):
    """Starts a server on a port of its own choice; returns the first address that it prints."""
    log = WORK / f"{name}.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   env={**os.environ, "PYTHONUNBUFFERED": "1"})
    started.append(process)
    for _ in range(1200):
        found = re.search(r"http://127\.0\.0\.1:[1-9]\d*", log.read_text(errors="replace"))
        if found:
            return found[0]
        if process.poll() is not None:
            raise SystemExit(f"{name} ended with {process.returncode}")
        time.sleep(0.1)
    raise SystemExit(f"{name} was not ready within two minutes")


def terraform(*arguments):
    run = subprocess.run(["terraform", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode:
        raise SystemExit(f"terraform {arguments[0]} failed:\n{run.stdout[-3000:]}{run.stderr[-3000:]}")
    return run.stdout


def manage(verb, answer=None, exits=0, **settings):
    """`manage.sh` as make calls it: on a terminal where `answer` is typed, or without any."""
    environment = {**os.environ, "ENVIRONMENT": "stage", "ARCH": ARCHITECTURE, **settings}
    ours, theirs = pty.openpty() if answer else (None, subprocess.DEVNULL)
    if answer:
        os.write(ours, f"{answer}\n".encode())
    try:
        run = subprocess.run([INFRA_COPY / "manage.sh", verb], stdin=theirs, capture_output=True, text=True, env=environment)
    finally:
        for each in filter(None, [ours, theirs if answer else None]):
            os.close(each)
    if run.returncode != exits:
        raise SystemExit(f"manage.sh {verb} ended with {run.returncode}, not {exits}:\n{run.stdout[-3000:]}{run.stderr[-3000:]}")
    return run.stdout + run.stderr


def client(service):
    return boto3.client(service)


def programs():
    """Builds empikctl and the twins; the whole workspace, because that is what the other tests have built."""
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--workspace", "--bins"], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)
    metadata = subprocess.run(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT, check=True, capture_output=True)
    folder = Path(json.loads(metadata.stdout)["target_directory"]) / "debug"
    return folder / "empikctl", folder / "twins"


def deployed():
    """Deploys, and returns the outputs."""
    refused = manage("deploy", exits=1)
    check("deploy without a terminal: refused, with what to do", ("YES=1" in refused, client("lambda").list_functions()["Functions"]), (True, []))
    told = manage("deploy", answer="yes")
    check("deploy: costs are told, a question asked, the next step named",
          ("US dollars a month" in told, "(yes/no)" in told, "empikctl apply -f shop-a.toml" in told), (True, True, True))
    print(re.search(r"Apply complete.*", told)[0])
    out = {name: value["value"] for name, value in json.loads(terraform("output", "-json")).items()}
    again = manage("deploy", YES="1")
    # The emulator forgets the block logging_config, so that there is always something to do: that and nothing else.
    terraform("plan", "-out", "again", "-var", "environment=stage", "-var", f"architecture={ARCHITECTURE}")
    changed = set()
    for change in json.loads(terraform("show", "-json", "again"))["resource_changes"]:
        before, after = change["change"]["before"] or {}, change["change"]["after"] or {}
        if change["change"]["actions"] != ["no-op"]:
            changed |= {f"{change['type']}.{key}" for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    check("a second deployment replaces nothing and finds nothing to do",
          (changed - {"aws_lambda_function.logging_config"}, "0 destroyed" in again), (set(), True))
    return out


def read_back(out):
    """Returns the functions' environment and the schedules' inputs, as AWS would give them."""
    environments = {}
    functions = client("lambda")
    for key, name in out["functions"].items():
        made = functions.get_function_configuration(FunctionName=name)
        environments[key] = made["Environment"]["Variables"]
        check(f"{key}: runtime, processor, memory", (made["Runtime"], made["Architectures"], made["MemorySize"]),
              ("provided.al2023", [ARCHITECTURE], 256))
        package = (PACKAGES / key / "bootstrap.zip").read_bytes()
        check(f"{key}: the package", made["CodeSha256"], b64encode(hashlib.sha256(package).digest()).decode())
    invoke = functions.get_function_event_invoke_config(FunctionName=out["functions"]["poller"])
    check("poller: no retries", (invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]), (0, 60))
    url = functions.get_function_url_config(FunctionName=out["functions"]["callback"])
    check("callback: open Function URL", (url["AuthType"], url["FunctionUrl"]), ("NONE", out["callback_url"]))
    rights = json.loads(functions.get_policy(FunctionName=out["functions"]["callback"])["Policy"])["Statement"]
    check("callback: both rights", {right["Action"] for right in rights},
          {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"})

    scheduler = client("scheduler")
    inputs, sweeps = [], []
    for listed in sorted(scheduler.list_schedules(GroupName=DEPLOYMENT)["Schedules"], key=lambda s: s["Name"]):
        schedule = scheduler.get_schedule(GroupName=DEPLOYMENT, Name=listed["Name"])
        swept = "-sweep-" in listed["Name"]
        (sweeps if swept else inputs).append(schedule["Target"]["Input"])
        check(f"schedule {listed['Name']}", (schedule["ScheduleExpression"], schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"],
              "DeadLetterConfig" in schedule["Target"]), ("rate(1 hour)" if swept else "rate(1 minute)", 0, True))
    check("sweeps: inputs", sweeps, ['{"reconcile":{"days":2},"shard":0,"shards":2}', '{"reconcile":{"days":2},"shard":1,"shards":2}'])
    check("schedules: inputs", inputs, ['{"shard":0,"shards":2}', '{"shard":1,"shards":2}'])

    secrets = [secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]]
    check("secrets: names", secrets, [environments["poller"]["SECRETS_PREFIX"] + "shop-a"])
    for name in out["tables"].values():
        table = client("dynamodb").describe_table(TableName=name)["Table"]
        check(f"{name}: protected, on demand", (table["DeletionProtectionEnabled"], table["BillingModeSummary"]["BillingMode"]),
              (True, "PAY_PER_REQUEST"))
    return environments, inputs


def watched(out, lines):
    """Every alarm on a metric of our own gets values from lines that the functions wrote, by the filters."""
    watch, logs = client("cloudwatch"), client("logs")
    alarms = watch.describe_alarms(MaxRecords=100)["MetricAlarms"]
    check("alarms: all tell somebody", {tuple(alarm["AlarmActions"]) for alarm in alarms}, {(out["alarm_topic"],)})
    check("dashboard", [d["DashboardName"] for d in watch.list_dashboards()["DashboardEntries"]], [out["dashboard"]])
    counted = {}
    for each in logs.describe_metric_filters()["metricFilters"]:
        (made,) = each["metricTransformations"]
        field, wanted = re.fullmatch(r"\{ \$\.(\w+) = (.+) \}", each["filterPattern"]).groups()
        name = each["logGroupName"].rsplit("-", 1)[1]
        matching = [line for line in lines[name] if line.get(field) == json.loads(wanted)]
        value = made["metricValue"]
        values = [line[value[2:]] for line in matching if value[2:] in line] if value.startswith("$.") else [1 for _ in matching]
        counted[made["metricNamespace"], made["metricName"]] = values
    own = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms if alarm["Namespace"].startswith("EmpikThuliumBridge")}
    # A day without a fault logs no line of level ERROR; that such lines count is the filters' own business.
    silent = {name for space, name in own if not counted.get((space, name))} - {"PollerErrorLines", "CallbackErrorLines"}
    check(f"alarms: the functions emit what {len(own)} of them watch", (silent, own - counted.keys()), (set(), set()))
    declared = {metric["Name"] for line in lines["poller"] if "_aws" in line for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    units = json.loads((INFRA / "units.json").read_text())
    check("costs: alarms and metrics as counted", (len(alarms), len(counted), len(declared)),
          (units["alarms"], units["metrics"]["deployment"], units["metrics"]["integration"]))


def used(out, environments, inputs, empikctl_program, twins_program):
    # Beside what is deployed: where AWS is here, who one is, and leave to call the twins without TLS.
    local = {**aws, "ALLOW_HTTP": "1"}
    print("the programs get the deployed environment, and ALLOW_HTTP=1 because the twins speak plain HTTP")

    def empikctl(*arguments, given=None, exits=0):
        run = subprocess.run([empikctl_program, "--json", *arguments], env={**environments["poller"], **local},
                             input=given or "", capture_output=True, text=True)
        if run.returncode != exits:
            raise SystemExit(f"empikctl {arguments[0]} ended with {run.returncode}: {run.stdout}{run.stderr}")
        return json.loads(run.stdout)

    def put_malformed(shop):
        item = {"integration": {"S": shop}, "item": {"S": "settings"}, "settings": {"S": "{"}}
        client("dynamodb").put_item(TableName=out["tables"]["integrations"], Item=item)

    def set_secret(secret):
        empikctl("secrets", "set", "shop-a", given=json.dumps(secret))

    tables = empikctl("tables", "check")["tables"]
    check("tables: keys and indexes as the code has them, nothing in them", [(t["role"], t["state"], t["empty"]) for t in tables],
          [("integrations", "ready", True), ("conversations", "ready", True)])
    check("secret: an empty container is told as missing", empikctl("secrets", "check", "shop-a", exits=3)["state"], "missing")
    twins = scenario.Twins(start("twins", twins_program, "--listen", "127.0.0.1:0"))
    settings = WORK / "shop-a.toml"
    settings.write_text(scenario.SHOP.format(origin=twins.origin), encoding="utf-8")
    empikctl("apply", "-f", str(settings))
    set_secret(scenario.SECRET)
    check("secret: stored", empikctl("secrets", "check", "shop-a")["state"], "complete")

    functions = {}
    for name in ["poller", "callback"]:
        program = WORK / name
        program.write_bytes(zipfile.ZipFile(PACKAGES / name / "bootstrap.zip").read("bootstrap"))
        program.chmod(0o755)
        functions[name] = Function(name, program, {**environments[name], **local}, WORK / f"{name}.log")
    try:
        scenario.play(check, twins, functions["poller"], functions["callback"], inputs, set_secret, put_malformed)
        watched(out, {name: function.lines() for name, function in functions.items()})
    finally:
        for function in functions.values():
            function.end()


def gone(environments, empikctl_program):
    refused = manage("destroy", exits=1, YES="1", EMPIKCTL=str(empikctl_program))
    check("destroy: refused while there are conversations", (f"DESTROY_CONVERSATIONS={DEPLOYMENT}" in refused, "hold conversations" in refused), (True, True))
    manage("destroy", answer="no", exits=1, DESTROY_CONVERSATIONS=DEPLOYMENT)
    check("destroy: refused by a person", len(client("dynamodb").list_tables()["TableNames"]), 2)
    states = [state.read_text() for state in Path().glob("terraform.tfstate.d/*/*.tfstate*")]
    check("no secret in the state", (len(states) > 0, [word for word in scenario.SECRET.values() if any(f'"{word}"' in state for state in states)]), (True, []))
    manage("destroy", YES="1", DESTROY_CONVERSATIONS=DEPLOYMENT)
    check("destroyed: tables", client("dynamodb").list_tables()["TableNames"], [])
    check("destroyed: functions", client("lambda").list_functions()["Functions"], [])


INFRA_COPY = Path.cwd()
aws = {
    "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "emulated", "AWS_SECRET_ACCESS_KEY": "emulated",
}
os.environ.update({
    "TF_VAR_poller_shards": "2", "TF_VAR_integrations": '["shop-a"]', "TF_VAR_alarm_email": "it@shop.example",
    "TF_VAR_package_folder": str(PACKAGES.parent),
})
well = False
# Whoever ends this ends what it started too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
try:
    empikctl_program, twins_program = programs()
    aws["AWS_ENDPOINT_URL"] = start("moto", shutil.which("moto_server"), "-H", "127.0.0.1", "-p", "0")
    os.environ.update(aws)
    out = deployed()
    environments, inputs = read_back(out)
    used(out, environments, inputs, empikctl_program, twins_program)
    gone(environments, empikctl_program)
    well = True
finally:
    for process in started:
        process.kill()
        process.wait()
    if not well:
        for log in sorted(WORK.glob("*.log")):
            print(f"\n-- the end of {log.name}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-40:]))
    shutil.rmtree(WORK, ignore_errors=True)
