"""Posts events as a gateway does, to the address in DESTINATION; prints the status of each answer."""

import json
import os
import sys
import urllib.error
import urllib.request


def post(document):
    body = json.dumps(document, ensure_ascii=False).encode("utf-8")
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    request = urllib.request.Request(os.environ["DESTINATION"], data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def delivery(*events):
    params = {"sendTime": "2026-02-03T08:15:31.120+03:00", "ability": "event_acs", "events": list(events)}
    return {"method": "OnEventNotify", "params": params}


def event(number, **more):
    data = {"personId": "11", "personCode": "0042", "personName": "Анна Example", "cardNo": "", "readerName": "Reader 1"}
    return {
        "eventId": f"PY{number}",
        "eventType": 196893,
        "happenTime": "2026-02-03T08:15:30.000+03:00",
        "srcIndex": "42",
        "srcName": "Door A",
        "srcType": "door",
        "status": 0,
        "data": data,
        **more,
    }


first = delivery(event(1), event(2))
print(post(first), post(first), post(delivery(event(3))), post({"method": "Other"}))
sys.exit(0)
