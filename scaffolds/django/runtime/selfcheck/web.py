"""A small browser: keeps cookies and the CSRF token, follows nothing, times everything. Standard library only."""

import http.client
import json
import re
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

MAX_BODY = 4 * 1024 * 1024
TIMEOUT_S = 20


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict
    text: str
    ms: float

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def location(self):
        return self.headers.get("location", "")

    def json(self):
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Browser:
    """One person's session, or nobody's."""

    def __init__(self, address, host, token=None):
        self.address = tuple(address)
        self.host = host
        self.token = token
        self.cookies = {}
        self.times = []
        self._connection = None

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, data=None):
        body = urlencode(data or {}, doseq=True)
        return self.send("POST", path, body, "application/x-www-form-urlencoded")

    def forged(self, path):
        """A form that another site made this person's browser send."""
        return self.send("POST", path, "x=1", "application/x-www-form-urlencoded", forged=True)

    def call(self, method, path, data=None):
        """Speak JSON."""
        body = None if data is None else json.dumps(data)
        return self.send(method, path, body, "application/json")

    def send(self, method, path, body=None, kind=None, *, forged=False):
        headers = self._headers(method, kind)
        if forged:
            headers |= {"X-CSRFToken": "", "Origin": "https://elsewhere.test", "Referer": ""}
        started = time.monotonic()
        for attempt in (1, 2):
            try:
                reply = self._exchange(method, path, body, headers)
                break
            except (http.client.HTTPException, OSError):
                self._connection = None
                if attempt == 2:
                    return Reply(599, {}, "the app closed the connection", 0)
        status, taken, text = reply
        ms = (time.monotonic() - started) * 1000
        self.times.append(ms)
        return Reply(status, taken, text, ms)

    def sign_in(self, email, password):
        """True when the app let this person in."""
        found = forms(self.get("/accounts/sign-in/").text)
        form = next((form for form in found if "password" in form), {})
        data = form | {"email": email, "password": password}
        return self.post("/accounts/sign-in/", data).status in (302, 303)

    def _headers(self, method, kind):
        origin = f"https://{self.host}"
        headers = {"Host": self.host, "X-Forwarded-Proto": "https", "Accept": "*/*"}
        if kind:
            headers["Content-Type"] = kind
        if self.token:
            return headers | {"Authorization": f"Bearer {self.token}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method not in ("GET", "HEAD"):
            secret = next((v for k, v in self.cookies.items() if "csrf_" in k), "")
            headers |= {"Referer": origin + "/", "Origin": origin, "X-CSRFToken": secret}
        return headers

    def _exchange(self, method, path, body, headers):
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
        self._connection.request(method, path, body.encode() if body else None, headers)
        answer = self._connection.getresponse()
        text = answer.read(MAX_BODY).decode("utf-8", "replace")
        if not answer.isclosed():
            self._connection.close()
            self._connection = None
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self._keep(value)
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def _keep(self, line):
        name, _, value = line.split(";", 1)[0].partition("=")
        if value in ("", '""'):
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.select = self.area = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.found.append(
                {"method": (given.get("method") or "get").lower(), "fields": {}, "choices": {}}
            )
        elif self.found:
            self._control(tag, given)

    def _control(self, tag, given):
        fields, name = self.found[-1]["fields"], given.get("name")
        if tag == "input" and name and given.get("type") not in ("submit", "button", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                fields[name] = given.get("value") or (
                    "on" if given.get("type") == "checkbox" else ""
                )
        elif tag == "textarea" and name:
            self.area = name
            fields[name] = ""
        elif tag == "select" and name:
            self.select = name
            self.found[-1]["choices"][name] = []
            fields.setdefault(name, "")
        elif tag == "option" and self.select:
            self.found[-1]["choices"][self.select].append(given.get("value", ""))
            if "selected" in given:
                fields[self.select] = given.get("value", "")

    def handle_data(self, data):
        if self.area:
            self.found[-1]["fields"][self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None


def forms(text, method="post"):
    """The forms of a page as they would be sent unchanged: field → value."""
    parser = _Forms()
    parser.feed(text)
    return [form["fields"] for form in parser.found if form["method"] == method]


def main_form(text, names):
    """The page's form with most of the fields in `names`, without its CSRF token; else the largest one."""
    found = max(
        forms(text), key=lambda form: (len(form.keys() & set(names)), len(form)), default={}
    )
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def numbers_in(text):
    """Every number long enough to be a key of a row."""
    return {int(number) for number in re.findall(r"(?<!\d)\d{7,12}(?!\d)", text)}
