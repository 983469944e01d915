"""A shop's day on a deployment: messages in, replies out, a rotated key, a malformed neighbour."""

import base64
import json
import time
import urllib.request

SHOP = """
id = "shop-a"
name = "EmpikPlace – Sklep A"
[empikplace]
url = "{origin}/empikplace"
shop_id = 2000
poll_seconds = 10
[thulium]
url = "{origin}/thulium"
mailbox = "empik@shop.example"
reply_address = "{{thread}}@noreply.shop.example"
queue_id = 7
category_id = 3
customer_field = "Empik ID"
thread_field = "Empik wątek"
comment_login = "api"
"""
SECRET = {
    "empik_api_key": "empik-key", "thulium_user": "api", "thulium_password": "thulium-pass",
    "callback_user": "thulium", "callback_password": "callback-pass",
}


class Twins:
    """The control API of both systems' twins."""

    def __init__(self, origin):
        self.origin = origin

    def __call__(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.origin}/control/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def sent(self, thread):
        """What reached the buyer from the bridge."""
        messages = self(f"empikplace/threads/{thread}")["messages"]
        return [message["written"] for message in messages if message["author"] == "api"]


def hint(callback, ticket, credentials="thulium:callback-pass", integration="shop-a"):
    """Thulium's call, as a Function URL passes it on: payload format 2.0, the body in base64."""
    path = f"/{integration}"
    body = f"action=TICKET_RESPONSE&ticket_id={ticket}&customer_id=null"
    return callback({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {
            "authorization": "Basic " + base64.b64encode(credentials.encode()).decode(),
            "content-type": "application/x-www-form-urlencoded", "host": "abc.lambda-url.eu-central-1.on.aws",
        },
        "requestContext": {
            "accountId": "anonymous", "apiId": "abc", "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "requestId": "r", "routeKey": "$default", "stage": "$default", "time": "23/Nov/2026:13:00:00 +0000",
            "timeEpoch": 1795438800000,
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "Thulium"},
        },
        "body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True,
    })["statusCode"]


def play(check, twins, poller, callback, inputs, set_secret, put_malformed):
    """Plays it. `inputs` are the schedules' events; every one of them is one tick of its shard."""

    def minute():
        rows = []
        for event in inputs:
            rows += poller(event.encode())["integrations"]
        return {row["integration"]: row for row in rows}

    def tick_until(what, done):
        for _ in range(90):
            row = minute().get("shop-a")
            if row and done(row):
                print(f"ok  {what}")
                return
            time.sleep(1)
        raise SystemExit(f"{what}: never; the last row was {row}")

    thread = twins("empikplace/threads", {
        "customer": {"id": "C-1", "name": "Jan K."}, "body": "Gdzie <b>paczka</b>?",
    })["thread_id"]
    tick_until("a buyer's message: a ticket", lambda row: row["tickets_created"] == 1 and row["messages_in"] == 1)
    (ticket,) = [ticket["ticket_id"] for ticket in twins("thulium/tickets")]

    twins(f"thulium/tickets/{ticket}/reply", {"login": "akowalska", "body": "<p>W drodze.</p>"})
    for what, status, wanted in [
        ("wrong credentials", hint(callback, ticket, "thulium:wrong"), 401),
        ("an unknown integration", hint(callback, ticket, integration="shop-z"), 401),
        ("no ticket", hint(callback, ""), 400),
        ("a reply", hint(callback, ticket), 204),
        ("the same again", hint(callback, ticket), 204),
    ]:
        check(f"callback: {what}", status, wanted)
    check("the buyer has the reply, once", twins.sent(thread), ["W drodze."])

    twins(f"thulium/tickets/{ticket}/reply", {"login": "jnowak", "body": "<p>Numer 7.</p>"})
    tick_until("a reply without a callback", lambda row: row["replies_out"] == 1)
    check("the buyer has both", twins.sent(thread), ["W drodze.", "Numer 7."])

    # The functions keep running: nothing is deployed anew.
    twins("revoke_key", {"shop_id": 2000, "new_key": "another-key"})
    twins(f"empikplace/threads/{thread}/messages", {"from": "customer", "body": "Dziękuję!"})
    tick_until("a revoked key: told, and nothing lost", lambda row: row["status"] == "failed" and "401" in row["reason"])
    set_secret({**SECRET, "empik_api_key": "another-key"})
    tick_until("a rotated key is taken up", lambda row: row["status"] == "ok" and row["messages_in"] == 1)

    put_malformed("shop-b")
    twins(f"empikplace/threads/{thread}/messages", {"from": "customer", "body": "Doszło."})
    tick_until("a malformed neighbour holds up nobody", lambda row: row["messages_in"] == 1)
    neighbour = minute()["shop-b"]
    check("a malformed neighbour is told", (neighbour["status"], neighbour["reason"].startswith("the stored settings cannot be used")),
          ("failed", True))

    comparison = twins("comparison")
    check("both histories compared: nothing lost, doubled, out of order or leaked", (comparison["clean"], comparison["findings"]), (True, []))
