"""A client of a face terminal, written from the description in the guide and from nothing else: capture, create, bind.

terminal_client.py httpx|requests|urllib url|picture|record EMPLOYEE_NO NAME

url      binds the captured face by its URL (FDSetUp)
picture  captures the picture itself and sends it back (FDSetUp with a second part)
record   the same for terminals without FDSetUp (FaceDataRecord)

Environment: TERMINAL_URL, TERMINAL_USER, TERMINAL_PASSWORD, and POLL_SECONDS between two attempts to capture.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

BASE = os.environ["TERMINAL_URL"]
USER = os.environ["TERMINAL_USER"]
PASSWORD = os.environ["TERMINAL_PASSWORD"]
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "3"))
ATTEMPTS = 20
GO_ON = ("deviceBusy", "captureTimeout")

CAPTURE = (
    '<CaptureFaceDataCond version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">'
    "<captureInfrared>false</captureInfrared><dataType>%s</dataType></CaptureFaceDataCond>"
)


class Httpx:
    def __init__(self):
        import httpx

        self.client = httpx.Client(base_url=BASE, auth=httpx.DigestAuth(USER, PASSWORD), timeout=70)

    def send(self, method, path, **body):
        if "data" in body:
            body["content"] = body.pop("data")
        reply = self.client.request(method, path, **body)
        return reply.status_code, reply.content


class Requests:
    def __init__(self):
        import requests
        from requests.auth import HTTPDigestAuth

        self.session = requests.Session()
        self.session.auth = HTTPDigestAuth(USER, PASSWORD)

    def send(self, method, path, **body):
        reply = self.session.request(method, BASE + path, timeout=70, **body)
        return reply.status_code, reply.content


class Urllib:
    def __init__(self):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, BASE, USER, PASSWORD)
        self.opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords))

    def send(self, method, path, data=None, headers=None, json=None, files=None):
        headers = dict(headers or {})
        if json is not None:
            data, headers["Content-Type"] = dumps(json).encode(), "application/json"
        if files is not None:
            data, headers["Content-Type"] = multipart(files)
        request = urllib.request.Request(BASE + path, data=data, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=70) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()


def dumps(document):
    return json.dumps(document, ensure_ascii=False)


def multipart(files):
    boundary = "----guide"
    body = b""
    for name, (filename, content, content_type) in files.items():
        disposition = 'form-data; name="%s"' % name
        if filename is not None:
            disposition += '; filename="%s"' % filename
        head = "--%s\r\nContent-Disposition: %s\r\nContent-Type: %s\r\n\r\n" % (boundary, disposition, content_type)
        body += head.encode() + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"
    return body + ("--%s--\r\n" % boundary).encode(), "multipart/form-data; boundary=" + boundary


def sub_status(content):
    """The code of a status document, JSON or XML."""
    try:
        return json.loads(content).get("subStatusCode")
    except ValueError:
        return text_of(content, "subStatusCode")


def text_of(content, name):
    """An element of an XML document, whatever its namespace."""
    try:
        found = [each for each in ElementTree.fromstring(content).iter() if each.tag.split("}")[-1] == name]
    except ElementTree.ParseError:
        return None
    return found[0].text if found else None


def jpeg_in(content):
    start, end = content.find(b"\xff\xd8\xff"), content.rfind(b"\xff\xd9")
    return content[start : end + 2] if 0 <= start < end else None


def expect(status, content, what):
    if status != 200:
        sys.exit("%s: %d %s" % (what, status, content.decode(errors="replace")))
    return content


def capture(http, data_type):
    """Asks until somebody has come: the URL of the picture, or the picture."""
    for _ in range(ATTEMPTS):
        status, content = http.send(
            "POST",
            "/ISAPI/AccessControl/CaptureFaceData",
            data=(CAPTURE % data_type).encode(),
            headers={"Content-Type": "application/xml"},
        )
        if status != 200 and sub_status(content) not in GO_ON:
            expect(status, content, "capture")
        face = jpeg_in(content) if data_type == "binary" else text_of(content, "faceDataUrl")
        if status == 200 and face:
            return face
        time.sleep(POLL_SECONDS)
    sys.exit("capture: nobody came")


def create(http, employee_no, name):
    user = {
        "employeeNo": employee_no,
        "name": name,
        "userType": "normal",
        "Valid": {"enable": True, "beginTime": "2025-01-01T00:00:00", "endTime": "2035-12-31T23:59:59"},
        "doorRight": "1",
        "RightPlan": [{"doorNo": 1, "planTemplateNo": "1"}],
    }
    path = "/ISAPI/AccessControl/UserInfo/Record?format=json"
    expect(*http.send("POST", path, json={"UserInfo": user}), "create")


def bind(http, way, employee_no, face):
    record = {"faceLibType": "blackFD", "FDID": "1", "FPID": employee_no}
    if way == "url":
        record["faceURL"] = face
    files = {"FaceDataRecord": (None, dumps(record), "application/json")}
    if way == "picture":
        files["img"] = ("face.jpg", face, "image/jpeg")
    if way == "record":
        files["FaceImage"] = ("face.jpg", face, "image/jpeg")
        path, method = "/ISAPI/Intelligent/FDLib/FaceDataRecord?format=json", "POST"
    else:
        path, method = "/ISAPI/Intelligent/FDLib/FDSetUp?format=json", "PUT"
    expect(*http.send(method, path, files=files), "bind")


def main(transport, way, employee_no, name):
    http = {"httpx": Httpx, "requests": Requests, "urllib": Urllib}[transport]()
    expect(*http.send("GET", "/ISAPI/System/deviceInfo"), "login")
    face = capture(http, "url" if way == "url" else "binary")
    create(http, employee_no, name)
    bind(http, way, employee_no, face)
    path = "/ISAPI/Intelligent/FDLib/FDSearch?format=json"
    cond = {"searchResultPosition": 0, "maxResults": 50, "faceLibType": "blackFD", "FDID": "1", "FPID": employee_no}
    found = json.loads(expect(*http.send("POST", path, json=cond), "search"))
    if found["totalMatches"] != 1:
        sys.exit("search: %s" % found)


main(*sys.argv[1:])
