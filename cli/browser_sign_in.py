"""Signing in with Google or GitHub: the browser asks the person, a loopback port hears the answer (RFC 8252).

In: a provider the API offers. Out: the API's answer with tokens. Callers: `account.login`. The surprise: the port takes
one answer and then closes; what it hears is useless without the flow that only this process knows.
"""

from __future__ import annotations

import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cli.api_types import FinishSent, SignedInShown
from cli.client import ApiProblem, Client
from cli.language import told
from cli.speaking import errors

PATIENCE_S = 300
THANKS = (
    b"<!doctype html><meta charset=utf-8><title>Fragua</title><p>Done. You can close this window."
)


def sign_in_with(provider: str, client: Client, device: str) -> SignedInShown:
    heard: dict[str, str] = {}

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path != "/callback":
                self.send_error(404)
                return
            heard.update({name: values[0] for name, values in parse_qs(url.query).items()})
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(THANKS)

        def log_message(self, *_: Any) -> None:
            """The address holds a code; it belongs in no log."""

    with HTTPServer(("127.0.0.1", 0), Ear) as ear:
        ear.timeout = PATIENCE_S
        home = f"http://127.0.0.1:{ear.server_port}/callback"
        begun = client.post(
            "/v1/auth/oauth/{provider}/start", {"redirect_uri": home}, provider=provider
        )
        text = "Opening your browser. If nothing opens:\n  {url}"
        errors.print(told(text, url=begun["authorization_url"]))
        webbrowser.open(begun["authorization_url"])
        ear.handle_request()
    if "code" not in heard or "state" not in heard:
        reason = heard.get("error") or told("no answer came")
        raise ApiProblem({"title": "Not signed in", "detail": f"{provider}: {reason}."})
    body: FinishSent = {
        "code": heard["code"],
        "state": heard["state"],
        "flow": begun["flow"],
        "device": device or None,
    }
    return client.post("/v1/auth/oauth/{provider}/finish", body, provider=provider)
