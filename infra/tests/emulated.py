"""Deploys the configuration in the working folder to emulated AWS, reads it back, lets the real
programs use it, and destroys it. `terraform init` has been run; needs moto_server and boto3.

Usage: emulated.py <folder of the infrastructure>
"""

import base64
import http.server
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import boto3

infra = Path(sys.argv[1])
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
aws = {
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_SECRET_ACCESS_KEY": "emulated",
}
os.environ.update(aws)
variables = {
    "poller_shards": "2",
    "integrations": '["shop-a"]',
    "alarm_email": "it@shop.example",
    "environment": "stage",
    "deletion_protection": "true",
}
os.environ.update({f"TF_VAR_{name}": value for name, value in variables.items()})


def check(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok  {what}")


def terraform(*arguments):
    run = subprocess.run(["terraform", *arguments], capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"terraform {arguments[0]} failed:\n{run.stdout[-3000:]}{run.stderr[-3000:]}")
    return run.stdout


def client(service):
    return boto3.client(service)


def read_back():
    """Returns the functions' environment and the schedules' inputs, as AWS would give them."""
    out = {name: value["value"] for name, value in json.loads(terraform("output", "-json")).items()}
    environments = {}
    functions = client("lambda")
    for key, name in out["functions"].items():
        made = functions.get_function_configuration(FunctionName=name)
        environments[key] = made["Environment"]["Variables"]
        check(f"{key}: runtime, processor, memory", (made["Runtime"], made["Architectures"], made["MemorySize"]),
              ("provided.al2023", ["arm64"], 256))
    invoke = functions.get_function_event_invoke_config(FunctionName=out["functions"]["poller"])
    check("poller: no retries", (invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]), (0, 60))
    url = functions.get_function_url_config(FunctionName=out["functions"]["callback"])
    check("callback: open Function URL", (url["AuthType"], url["FunctionUrl"]), ("NONE", out["callback_url"]))
    rights = json.loads(functions.get_policy(FunctionName=out["functions"]["callback"])["Policy"])["Statement"]
    check("callback: both rights", {right["Action"] for right in rights},
          {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"})

    scheduler = client("scheduler")
    group = out["functions"]["poller"].removesuffix("-poller")
    inputs = []
    for listed in sorted(scheduler.list_schedules(GroupName=group)["Schedules"], key=lambda s: s["Name"]):
        schedule = scheduler.get_schedule(GroupName=group, Name=listed["Name"])
        inputs.append(schedule["Target"]["Input"])
        check(f"schedule {listed['Name']}", (schedule["ScheduleExpression"], schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"],
              "DeadLetterConfig" in schedule["Target"]), ("rate(1 minute)", 0, True))
    check("schedules: inputs", inputs, ['{"shard":0,"shards":2}', '{"shard":1,"shards":2}'])

    secrets = [secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]]
    check("secrets: names", secrets, [environments["poller"]["SECRETS_PREFIX"] + "shop-a"])
    check("secrets: no value in the state", "secret_string" in Path("terraform.tfstate").read_text(), False)
    for name in out["tables"].values():
        table = client("dynamodb").describe_table(TableName=name)["Table"]
        check(f"{name}: protected, on demand", (table["DeletionProtectionEnabled"], table["BillingModeSummary"]["BillingMode"]),
              (True, "PAY_PER_REQUEST"))
    watch = client("cloudwatch")
    alarms = watch.describe_alarms(MaxRecords=100)["MetricAlarms"]
    check("alarms: all tell somebody", all(alarm["AlarmActions"] == [out["alarm_topic"]] for alarm in alarms) and len(alarms) > 10, True)
    check("dashboard", [d["DashboardName"] for d in watch.list_dashboards()["DashboardEntries"]], [out["dashboard"]])
    return environments, inputs


class Function:
    """A function's binary under a Lambda Runtime API, with the deployed environment and no other."""

    def __init__(self, binary, environment):
        events, results = queue.Queue(), queue.Queue()
        self.events, self.results = events, results

        class Api(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = events.get()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 20_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:1:function:f")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                results.put((self.path.rsplit("/", 1)[1], json.loads(body or "null")))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        own = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        }
        self.process = subprocess.Popen([binary], env={**environment, **aws, **own}, stdout=subprocess.DEVNULL)

    def __call__(self, event):
        self.events.put(event if isinstance(event, bytes) else json.dumps(event).encode())
        kind, result = self.results.get(timeout=30)
        if kind != "response":
            raise SystemExit(f"the function answered {kind}: {result}")
        return result

    def end(self):
        self.process.kill()
        self.process.wait()
        self.server.shutdown()


def programs(environments, inputs):
    if not shutil.which("cargo"):
        print("SKIPPED: cargo is not installed; the programs were not tried against the deployment")
        return
    root = infra.parent
    # The whole workspace, because that is what the other tests have built.
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--workspace", "--bins"], cwd=root, check=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=root, check=True, capture_output=True)
    binaries = Path(json.loads(metadata.stdout)["target_directory"]) / "debug"

    def empikctl(*arguments, given=None, exits=0):
        run = subprocess.run([binaries / "empikctl", "--json", *arguments], env={**environments["poller"], **aws},
                             input=given, capture_output=True, text=True)
        if run.returncode != exits:
            raise SystemExit(f"empikctl {arguments[0]} ended with {run.returncode}: {run.stdout}{run.stderr}")
        return json.loads(run.stdout)

    tables = empikctl("tables", "check")["tables"]
    check("tables: keys and indexes as the code has them", [(t["role"], t["state"]) for t in tables],
          [("integrations", "ready"), ("conversations", "ready")])
    check("secret: an empty container is told as missing", empikctl("secrets", "check", "shop-a", exits=3)["state"], "missing")
    secret = {"empik_api_key": "k", "thulium_user": "u", "thulium_password": "p", "callback_user": "thulium", "callback_password": "word"}
    for shop in ["shop-a", "shop-b"]:
        empikctl("secrets", "set", shop, given=json.dumps(secret))
        check(f"secret of {shop}: stored", empikctl("secrets", "check", shop)["state"], "complete")

    poller = Function(binaries / "poller", environments["poller"])
    callback = Function(binaries / "callback", environments["callback"])
    try:
        for event in inputs:
            check(f"poller: {event}", poller(event.encode()), {"integrations": []})

        def call(credentials):
            basic = base64.b64encode(credentials.encode()).decode()
            return callback({
                "version": "2.0", "rawPath": "/shop-a", "requestContext": {"http": {"method": "POST", "path": "/shop-a"}},
                "headers": {"authorization": f"Basic {basic}", "content-type": "application/x-www-form-urlencoded"},
                "body": base64.b64encode(b"action=x").decode(), "isBase64Encoded": True,
            })["statusCode"]

        check("callback: wrong credentials", call("thulium:wrong"), 401)
        check("callback: right ones, no ticket", call("thulium:word"), 400)
    finally:
        poller.end()
        callback.end()
    # Not of Terraform, so not destroyed with it.
    client("secretsmanager").delete_secret(SecretId=environments["poller"]["SECRETS_PREFIX"] + "shop-b", ForceDeleteWithoutRecovery=True)


server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        try:
            urllib.request.urlopen(aws["AWS_ENDPOINT_URL"] + "/moto-api/data.json", timeout=5).close()
            break
        except OSError:
            time.sleep(0.1)
    else:
        raise SystemExit("moto_server does not answer")
    applied = terraform("apply", "-auto-approve")
    print(next(line for line in applied.splitlines() if line.startswith("Apply complete")))
    terraform("plan", "-out", "again")
    changed = set()
    for change in json.loads(terraform("show", "-json", "again"))["resource_changes"]:
        before, after = change["change"]["before"] or {}, change["change"]["after"] or {}
        if change["change"]["actions"] != ["no-op"]:
            changed |= {f"{change['type']}.{key}" for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    # The emulator forgets this block; nothing else may differ.
    check("a second plan finds nothing to do", changed - {"aws_lambda_function.logging_config"}, set())
    programs(*read_back())
    # The two steps of a farewell: lift the protection, then destroy.
    os.environ["TF_VAR_deletion_protection"] = "false"
    terraform("apply", "-auto-approve")
    terraform("destroy", "-auto-approve")
    check("destroyed: tables", client("dynamodb").list_tables()["TableNames"], [])
    check("destroyed: functions", client("lambda").list_functions()["Functions"], [])
finally:
    server.kill()
    server.wait()
