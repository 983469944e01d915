"""A poller as a competent engineer would write it with boto3 and requests, for `make bench-peer`.

It does the idle tick and the message of a new buyer to a ticket, with sessions that keep their
connections, both sides asked at the same time, a lease, and a conditional write before and after what
cannot be repeated. It has no attachments, no replies, no back-off and no second look at what ended
without an answer. It speaks the Lambda Runtime API itself, as the runtime of AWS does.

Usage: poller.py EMPIKPLACE_URL THULIUM_URL SHOP_ID
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import boto3
import requests
from boto3.dynamodb.conditions import Attr

EMPIKPLACE, THULIUM, SHOP_ID = sys.argv[1:4]
SHOP = "shop-0"
OVERLAP = timedelta(minutes=5)

database = boto3.resource("dynamodb")
integrations = database.Table(os.environ["INTEGRATIONS_TABLE"])
conversations = database.Table(os.environ["CONVERSATIONS_TABLE"])
secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRETS_PREFIX"] + SHOP)
secret = requests.models.complexjson.loads(secret["SecretString"])
marketplace, helpdesk = requests.Session(), requests.Session()
marketplace.headers["Authorization"] = secret["empik_api_key"]
helpdesk.auth = (secret["thulium_user"], secret["thulium_password"])
pool = ThreadPoolExecutor(4)


def call(session, method, url, **arguments):
    answer = session.request(method, url, timeout=20, **arguments)
    answer.raise_for_status()
    return answer.json()


def threads(since):
    found, token = [], None
    while True:
        query = {"shop_id": SHOP_ID, "page_token": token} if token else {
            "shop_id": SHOP_ID, "updated_since": since.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "with_messages": "true", "limit": 100}
        page = call(marketplace, "GET", f"{EMPIKPLACE}/api/inbox/threads", params=query)
        found += page["data"]
        token = page.get("next_page_token")
        if not token:
            return found


def changed_tickets(since):
    local = since.astimezone(ZoneInfo("Europe/Warsaw")).strftime("%Y-%m-%d %H:%M")
    return call(helpdesk, "GET", f"{THULIUM}/api/tickets", params={"date_from": local, "limit": 100})


def orders(ids):
    return call(marketplace, "GET", f"{EMPIKPLACE}/api/orders",
                params={"shop_id": SHOP_ID, "order_ids": ",".join(ids), "max": 100}) if ids else {}


def customers(buyer):
    return call(helpdesk, "GET", f"{THULIUM}/api/customers",
                params={"custom_fields[Empik ID]": buyer, "include_custom_fields": "true"})


def carry(thread):
    """The number of messages that went into a ticket."""
    key = {"conversation": f"{SHOP}#{thread['id']}", "item": "conversation"}
    known = conversations.get_item(Key=key).get("Item")
    if known and known.get("ticket"):
        return 0
    buyer = next((p for p in thread["current_participants"] if p["type"] == "CUSTOMER"), {})
    ids = [entity["id"] for entity in thread["entities"] if entity["type"] == "MMP_ORDER"]
    asked = pool.submit(orders, ids)
    rows = customers(buyer.get("id", "")).get("result", [])
    asked.result()
    if rows:
        customer = rows[0]["customer_id"]
    else:
        surname = buyer.get("display_name") or "-"
        made = call(helpdesk, "POST", f"{THULIUM}/api/customers",
                    json={"surname": surname, "custom_fields": {"Empik ID": buyer.get("id", "")}})
        customer = made.get("customer_id") or made.get("id")
    message = thread["messages"][0]
    conversations.put_item(Item={**key, "state": "opening", "customer": customer},
                           ConditionExpression=Attr("item").not_exists())
    made = call(helpdesk, "POST", f"{THULIUM}/api/tickets", json={
        "to": "empik@shop.example", "from": f"{thread['id']}@noreply.shop.example", "subject": "EmpikPlace",
        "body": message["body"], "body_type": "plain", "direction": "in_behalf_of", "customer_id": customer,
        "ticket_queue_id": 7, "category_id": 3, "source": "www", "custom_fields": {"Empik wątek": thread["id"]}})
    ticket = made.get("ticket_id") or made.get("id")
    conversations.put_item(Item={**key, "state": "open", "customer": customer, "ticket": ticket,
                                 "carried": [message["id"]]})
    return 1


def tick(owner):
    now = datetime.now(timezone.utc)
    cursor = integrations.update_item(
        Key={"integration": SHOP, "item": "peer"}, ReturnValues="ALL_NEW",
        UpdateExpression="SET lease_owner = :o, lease_until = :u",
        ConditionExpression="attribute_not_exists(lease_until) OR lease_until < :n",
        ExpressionAttributeValues={":o": owner, ":u": int(now.timestamp()) + 60, ":n": int(now.timestamp())},
    )["Attributes"]
    since = datetime.fromisoformat(cursor["since"]) if "since" in cursor else now
    changed = pool.submit(changed_tickets, since - OVERLAP)
    arrived = sum(carry(thread) for thread in threads(since - OVERLAP))
    changed.result()
    integrations.update_item(
        Key={"integration": SHOP, "item": "peer"}, UpdateExpression="SET since = :s REMOVE lease_until",
        ConditionExpression="lease_owner = :o", ExpressionAttributeValues={":s": now.isoformat(), ":o": owner})
    return {"integrations": [{"integration": SHOP, "status": "ok", "messages_in": arrived}]}


def main():
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    runtime = requests.Session()
    while True:
        event = runtime.get(f"{api}/next")
        request = event.headers["lambda-runtime-aws-request-id"]
        try:
            runtime.post(f"{api}/{request}/response", json=tick(f"{request}-{time.time()}"))
        except Exception as error:
            runtime.post(f"{api}/{request}/error", json={"errorMessage": repr(error)})


main()
