"""A client of the HikCentral OpenAPI, written from the description of the signature and from nothing else.

gateway_client.py GIVEN_NAME FAMILY_NAME

Adds a person, finds it again with a field in the query, and prints what the gateway says to each call, a JSON list of
[HTTP status, code] or [HTTP status, code, name].

Environment: GATEWAY_URL, APP_KEY, APP_SECRET, and SIGNED, the names of the headers to sign.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import uuid
from urllib.parse import quote

import requests

BASE = os.environ["GATEWAY_URL"]
KEY = os.environ["APP_KEY"]
SECRET = os.environ["APP_SECRET"]
SIGNED = [name for name in os.environ.get("SIGNED", "").split(",") if name]


def signed_headers(method, path, query):
    own = {"x-ca-key": KEY, "x-ca-nonce": str(uuid.uuid4()), "x-ca-timestamp": str(int(time.time() * 1000))}
    headers = {"Accept": "*/*", "Content-Type": "application/json", "x-ca-key": KEY}
    headers.update((name, own[name]) for name in SIGNED)
    fields = "&".join("%s=%s" % pair for pair in sorted(query.items()))
    text = "\n".join(
        [method, headers["Accept"], headers["Content-Type"]]
        + ["%s:%s" % (name, headers[name]) for name in sorted(SIGNED)]
        + [path + ("?" + fields if fields else "")]
    )
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    headers["x-ca-signature"] = base64.b64encode(digest).decode()
    if SIGNED:
        headers["x-ca-signature-headers"] = ",".join(sorted(SIGNED))
    return headers


def call(path, body, query=None):
    query = query or {}
    wire = "&".join("%s=%s" % (quote(name), quote(value)) for name, value in sorted(query.items()))
    reply = requests.post(
        BASE + path + ("?" + wire if wire else ""),
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers=signed_headers("POST", path, query),
        timeout=20,
    )
    answer = reply.json()
    return reply.status_code, answer["code"], answer["data"]


def main(given_name, family_name):
    person = "/artemis/api/resource/v1/person"
    person_code = {"personCode": "000042"}
    names = {"personGivenName": given_name, "personFamilyName": family_name}
    added = call(person + "/single/add", dict(person_code, **names))
    found = call(person + "/personCode/personInfo", person_code, {"о чём": "поиск & люди"})
    said = [added[:2], found[:2] + ((found[2]["personName"],) if found[1] == "0" else ())]
    json.dump(said, sys.stdout)


main(*sys.argv[1:])
