"""The HTTP adapters against a server that misbehaves in the ways registries and apps do."""

import dataclasses
import hashlib
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.adapters import image_registry
from chalicelib.adapters.app_probe import HttpAppProbe
from chalicelib.adapters.image_registry import EcrAuthorization, HttpImageRegistry
from chalicelib.deployment.ports import Answer
from chalicelib.errors import CloudBusy, PlatformError

CONTENT = b"some layer"
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Server:
    """Answers from a script: (method, path) → list of (status, headers, body), the last one for ever."""

    def __init__(self):
        self.script = {}
        self.seen = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                server.seen.append(
                    (self.command, self.path, dict(self.headers), self.rfile.read(length))
                )
                answers = server.script.get((self.command, self.path), [(404, {}, b"")])
                status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = answer

            def log_message(self, *args):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def requests(self):
        return [(method, path) for method, path, _, _ in self.seen]


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def other():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def registry(server):
    return HttpImageRegistry(server.url, "apps", lambda: "Basic secret")


def test_an_upload_goes_the_way_every_registry_takes(server, registry):
    server.script = {
        ("POST", "/v2/apps/blobs/uploads/"): [(202, {"Location": "/up/1?state=a"}, b"")],
        ("PATCH", "/up/1?state=a"): [(202, {"Location": "/up/1?state=b"}, b"")],
        ("PUT", f"/up/1?state=b&digest={DIGEST}"): [(201, {}, b"")],
    }
    assert registry.upload(CONTENT) == DIGEST
    assert server.seen[2][3] == CONTENT
    assert all(seen[2]["Authorization"] == "Basic secret" for seen in server.seen)


def test_a_blob_that_is_there_is_not_sent(server, registry):
    server.script = {("HEAD", f"/v2/apps/blobs/{DIGEST}"): [(200, {}, b"")]}
    registry.upload(CONTENT)
    assert server.requests() == [("HEAD", f"/v2/apps/blobs/{DIGEST}")]


def test_a_busy_registry_is_asked_again(server, registry):
    server.script = {
        ("GET", f"/v2/apps/blobs/{DIGEST}"): [(503, {}, b""), (429, {}, b""), (200, {}, CONTENT)]
    }
    assert registry.blob(DIGEST) == CONTENT


def test_a_registry_that_stays_busy_is_the_worlds_turn(server, registry, monkeypatch):
    monkeypatch.setattr(image_registry.RETRY, "backoff_factor", 0)
    server.script = {("GET", "/v2/apps/manifests/base"): [(503, {}, b"")]}
    with pytest.raises(CloudBusy):
        registry.manifest("base")


def test_half_an_upload_is_not_sent_twice_by_itself(server, registry):
    server.script = {
        ("POST", "/v2/apps/blobs/uploads/"): [(202, {"Location": "/up/1"}, b"")],
        ("PATCH", "/up/1"): [(500, {}, b"")],
    }
    with pytest.raises(CloudBusy):
        registry.upload(CONTENT)
    assert server.requests().count(("PATCH", "/up/1")) == 1


def test_a_refusal_is_our_turn_and_says_nothing_of_the_credentials(server, registry):
    server.script = {("GET", "/v2/apps/manifests/base"): [(401, {}, b"secret")]}
    with pytest.raises(PlatformError) as raised:
        registry.manifest("base")
    assert not isinstance(raised.value, CloudBusy)
    assert "ecret" not in raised.value.detail


def test_a_damaged_blob_is_noticed(server, registry):
    server.script = {("GET", f"/v2/apps/blobs/{DIGEST}"): [(200, {}, b"something else")]}
    with pytest.raises(CloudBusy, match="damaged"):
        registry.blob(DIGEST)


def test_our_credentials_do_not_follow_a_redirect_to_another_host(server, other, registry):
    elsewhere = other.url.replace("127.0.0.1", "localhost")
    server.script = {
        ("GET", f"/v2/apps/blobs/{DIGEST}"): [(307, {"Location": f"{elsewhere}/bucket"}, b"")]
    }
    other.script = {("GET", "/bucket"): [(200, {}, CONTENT)]}
    assert registry.blob(DIGEST) == CONTENT
    assert "Authorization" not in other.seen[0][2]


def test_ecr_gives_a_password_that_is_asked_for_once(settings, cloud_url, monkeypatch):
    there = dataclasses.replace(settings, aws_endpoint_url=cloud_url)
    authorization = EcrAuthorization(there)
    first = authorization()
    monkeypatch.setattr(image_registry.aws, "client", None)
    assert authorization() == first
    assert b64decode(first.removeprefix("Basic ")).startswith(b"AWS:")


def test_the_probe_reports_what_the_app_said(server):
    body = b'{"status": "ok", "version": "g1"}'
    server.script = {("GET", "/healthz"): [(200, {}, body), (503, {}, body)]}
    probe = HttpAppProbe()
    assert probe.ask(server.url) == Answer(200, "g1")
    assert probe.ask(server.url) == Answer(503, "g1")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"\xff\xfe", b"null"])
def test_nonsense_is_no_version(server, body):
    server.script = {("GET", "/healthz"): [(200, {}, body)]}
    assert HttpAppProbe().ask(server.url) == Answer(200, "")


def test_silence_is_an_answer_too(server):
    server.close()
    assert HttpAppProbe().ask(server.url) == Answer(0)


def test_the_probe_does_not_follow_the_app_elsewhere(server, other):
    server.script = {("GET", "/healthz"): [(302, {"Location": f"{other.url}/healthz"}, b"")]}
    assert HttpAppProbe().ask(server.url) == Answer(302, "")
    assert other.seen == []
