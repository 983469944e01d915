"""What a shop would write instead: the poller's tick in Python, to measure the bridge against.

A Lambda function with boto3 and requests as a careful engineer writes it: one lease by a conditional
write, both sides asked at the same time, an overlap before the cursor, every page, an intent before each
call that cannot be repeated, time-outs, connections that are kept. It carries buyers' messages into
tickets. Beyond that it does nothing of what the bridge does: no replies, no files, no cards, no categories,
no settling of unknown outcomes (it stops at an intent without a result, for a person).

It runs under a Lambda Runtime API, as the bridge's functions do in the bench.
"""

import html
import json
import os
import re
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from zoneinfo import ZoneInfo

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

SETTINGS = json.loads(os.environ["PEER_SETTINGS"])
WARSAW = ZoneInfo("Europe/Warsaw")
OVERLAP = timedelta(minutes=5)
LEASE = timedelta(seconds=150)
TIMEOUT = (5, 20)
AT_ONCE = 4

aws = Config(region_name=os.environ["AWS_REGION"], connect_timeout=5, read_timeout=10,
             retries={"mode": "standard", "max_attempts": 3})
dynamodb = boto3.client("dynamodb", config=aws)
INTEGRATIONS, CONVERSATIONS = os.environ["INTEGRATIONS_TABLE"], os.environ["CONVERSATIONS_TABLE"]
OWNER = str(uuid.uuid4())
pool = ThreadPoolExecutor(AT_ONCE + 2)


def connect():
    """One session for each side, with the credentials from the secret."""
    name = os.environ["SECRETS_PREFIX"] + SETTINGS["id"]
    secrets = boto3.client("secretsmanager", config=aws)
    secret = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    empik, thulium = requests.Session(), requests.Session()
    for session in (empik, thulium):
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=AT_ONCE + 2)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers["accept"] = "application/json"
    empik.headers["authorization"] = secret["empik_api_key"]
    empik.params = {"shop_id": SETTINGS["shop_id"]}
    thulium.auth = (secret["thulium_user"], secret["thulium_password"])
    return empik, thulium


empik, thulium = connect()


def call(session, method, base, path, **more):
    answer = session.request(method, SETTINGS[base] + "/api/" + path, timeout=TIMEOUT, **more)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def now():
    return datetime.now(timezone.utc)


def text_of(value):
    return {"S": value}


def conditional(call, **what):
    """Whether the write was done; `False`: somebody else was first."""
    try:
        call(**what)
        return True
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise


# ----- one tick


def take_lease():
    """The cursor's item, or `None` where another tick holds the lease."""
    try:
        taken = dynamodb.update_item(
            TableName=INTEGRATIONS,
            Key={"integration": text_of(SETTINGS["id"]), "item": text_of("cursor")},
            UpdateExpression="SET lease_owner = :owner, lease_until = :until",
            ConditionExpression="attribute_not_exists(lease_until) OR lease_until < :now OR lease_owner = :owner",
            ExpressionAttributeValues={
                ":owner": text_of(OWNER),
                ":until": {"N": str((now() + LEASE).timestamp())},
                ":now": {"N": str(now().timestamp())},
            },
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return None
        raise
    return taken["Attributes"]


def commit(threads_until, tickets_until):
    return conditional(
        dynamodb.update_item,
        TableName=INTEGRATIONS,
        Key={"integration": text_of(SETTINGS["id"]), "item": text_of("cursor")},
        UpdateExpression="SET threads_until = :threads, tickets_until = :tickets REMOVE lease_owner, lease_until",
        ConditionExpression="lease_owner = :owner",
        ExpressionAttributeValues={
            ":owner": text_of(OWNER),
            ":threads": text_of(threads_until),
            ":tickets": text_of(tickets_until),
        },
    )


def changed_threads(since):
    query = {"updated_since": since.isoformat(), "with_messages": "true", "limit": 100}
    threads = []
    while query:
        page = call(empik, "GET", "empikplace", "inbox/threads", params=query)
        threads += page["data"]
        token = page.get("next_page_token")
        query = {"page_token": token} if token else None
    return sorted(threads, key=lambda thread: thread["date_updated"])


def changed_tickets(since):
    query = {"date_from": since.astimezone(WARSAW).strftime("%Y-%m-%d %H:%M"), "limit": 100, "offset": 0}
    tickets = []
    while True:
        page = call(thulium, "GET", "thulium", "tickets", params=query)
        tickets += page["result"]
        query["offset"] += len(page["result"])
        if not page["result"] or query["offset"] >= page["count"]:
            return tickets


def tick(_event):
    cursor = take_lease()
    if cursor is None:
        return row("skipped", 0)
    begun = SETTINGS["enabled_at"]
    threads_until = cursor.get("threads_until", text_of(begun))["S"]
    tickets_until = cursor.get("tickets_until", text_of(begun))["S"]
    tickets = pool.submit(changed_tickets, datetime.fromisoformat(tickets_until) - OVERLAP)
    asked = now().isoformat()
    threads = changed_threads(datetime.fromisoformat(threads_until) - OVERLAP)
    loaded = list(zip(threads, pool.map(load, threads)))
    orders = orders_of([thread for thread, (_, item) in loaded if "ticket" not in item])
    carried = sum(pool.map(lambda one: carry(one[0], *one[1], orders), loaded))
    tickets.result()  # where replies would be looked for
    newest = max((thread["date_updated"] for thread in threads), default=threads_until)
    done = commit(max(newest, threads_until), asked)
    return row("ok" if done else "failed", carried)


def row(status, carried):
    return {"integrations": [{"integration": SETTINGS["id"], "status": status, "messages_in": carried}]}


# ----- one thread


def load(thread):
    key = {"conversation": text_of(SETTINGS["id"] + "#" + thread["id"]), "item": text_of("conversation")}
    found = dynamodb.get_item(TableName=CONVERSATIONS, Key=key, ConsistentRead=True)
    return key, found.get("Item", {})


def save(key, ticket, customer, carried, intent, version):
    """Writes the next version of a conversation, unless somebody else has."""
    item = key | {
        "carried": {"L": [text_of(one) for one in carried]},
        "version": {"N": str(version + 1)},
    }
    for name, value in (("ticket", ticket), ("customer", customer), ("intent", intent)):
        if value is not None:
            item[name] = text_of(str(value))
    if not conditional(
        dynamodb.put_item,
        TableName=CONVERSATIONS,
        Item=item,
        ConditionExpression="attribute_not_exists(version) OR version = :before",
        ExpressionAttributeValues={":before": {"N": str(version)}},
    ):
        raise RuntimeError("somebody else writes to the conversation")
    return version + 1


def entry(message):
    who = message["from"]["display_name"]
    body = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"(?i)<br\s*/?>|</p>", "\n", message["body"]))).strip()
    at = datetime.fromisoformat(message["date_created"]).astimezone(WARSAW)
    marker = sha256(message["id"].encode()).hexdigest()[:8]
    return f"{who} (klient) · {at:%d.%m.%Y %H:%M} · #{marker}\n\n{body}"


def orders_of(threads):
    ids = {one["id"] for thread in threads for one in thread.get("entities", []) if one["type"] == "MMP_ORDER"}
    known = {}
    for first in range(0, len(ids), 100):
        some = ",".join(sorted(ids)[first : first + 100])
        page = call(empik, "GET", "empikplace", "orders", params={"order_ids": some, "max": 100})
        known |= {order["order_id"]: order for order in page["orders"]}
    return known


def customer_of(thread, buyer):
    field = SETTINGS["customer_field"]
    query = {f"custom_fields[{field}]": buyer["id"], "include_custom_fields": "true"}
    page = call(thulium, "GET", "thulium", "customers", params=query)
    rows = page["result"] if isinstance(page, dict) else page
    if rows:
        return min(row["customer_id"] for row in rows)
    customer = {"surname": buyer["display_name"], "custom_fields": {field: buyer["id"]}}
    made = call(thulium, "POST", "thulium", "customers", json=customer)
    return made["customer_id"]


def carry(thread, key, item, orders):
    """Carries what is missing of a thread; how many messages that were."""
    carried = [one["S"] for one in item.get("carried", {"L": []})["L"]]
    missing = [message for message in thread["messages"]
               if message["id"] not in carried and message["from"]["type"] == "CUSTOMER_USER"]
    if not missing:
        return 0
    if "intent" in item:
        print(json.dumps({"level": "ERROR", "event": "unsettled", "thread": thread["id"]}))
        return 0
    version = int(item.get("version", {"N": "0"})["N"])
    ticket = item.get("ticket", {}).get("S")
    customer = item.get("customer", {}).get("S")
    for message in missing:
        if ticket is None:
            buyer = next(one for one in thread["authorized_participants"] if one["type"] == "CUSTOMER")
            customer = customer_of(thread, buyer)
        version = save(key, ticket, customer, carried, message["id"], version)
        if ticket is None:
            ticket = open_ticket(thread, message, customer, orders)
        else:
            body = {"body": entry(message), "body_type": "PLAIN"}
            call(thulium, "POST", "thulium", f"tickets/{ticket}/customer_response", json=body)
        carried.append(message["id"])
    save(key, ticket, customer, carried, None, version)
    return len(missing)


def open_ticket(thread, message, customer, orders):
    mine = [one["id"] for one in thread.get("entities", []) if one["type"] == "MMP_ORDER"]
    cards = [f"{one}: {orders[one]['order_state']}" for one in mine if one in orders]
    made = call(thulium, "POST", "thulium", "tickets", json={
        "to": SETTINGS["mailbox"], "from": SETTINGS["reply_address"].replace("{thread}", thread["id"]),
        "subject": thread["topic"].get("value") or "EmpikPlace", "body": entry(message), "body_type": "PLAIN",
        "direction": "in_behalf_of", "customer_id": int(customer), "ticket_queue_id": SETTINGS["queue_id"],
        "category_id": SETTINGS["category_id"], "source": "www", "tags": ["empikplace"],
        "custom_fields": {SETTINGS["thread_field"]: thread["id"]}, "comment": "\n".join(cards) or "-",
    })
    return str(made["ticket_id"])


# ----- the Runtime API


def main():
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
    while True:
        with urllib.request.urlopen(api + "next") as answer:
            invocation, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
        try:
            outcome, result = "response", tick(event)
        except Exception as error:  # as Lambda's own runtime reports it
            outcome, result = "error", {"errorType": type(error).__name__, "errorMessage": str(error)}
        body = json.dumps(result).encode()
        urllib.request.urlopen(urllib.request.Request(api + invocation + "/" + outcome, body)).close()


main()
