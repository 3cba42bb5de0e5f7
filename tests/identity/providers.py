"""Google and GitHub, played over real HTTP on loopback by the protocol they speak.

A person consents by opening the authorization address (`consent`); what comes back is what a browser would bring. The
token endpoint checks the client, the code (once), the redirect address and PKCE (S256). `twist` changes what is answered:
that is how tests play a provider that is wrong, slow or away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "fragua-client", "a client secret"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KID = "google-1"


@dataclass
class Account:
    """Somebody's account there."""

    subject: str = "1080"
    email: str = "ana@example.com"
    is_verified: bool = True
    name: str = "Ana Pérez"
    more_emails: list = field(default_factory=list)


def once_verified(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Stand:
    """What both have in common: codes, tokens, and the one who is signed in there."""

    issuer = ""

    def __init__(self):
        self.account = Account()
        self.codes, self.tokens, self.seen = {}, {}, []
        self.twist = None
        """Called with (path, status, body) before an answer leaves; returns the latter two."""

    def consent(self, authorization_url, **changed):
        """The person agrees; what the browser brings back. `changed` is what an attacker did to the address."""
        asked = dict(parse_qsl(urlsplit(authorization_url).query)) | changed
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        code = secrets.token_urlsafe(16)
        self.codes[code] = (asked, self.account)
        return {"code": code, "state": asked["state"]}

    def token(self, form):
        if form.get("client_secret") != CLIENT_SECRET or form.get("client_id") != CLIENT_ID:
            return self.refusal("invalid_client")
        asked, account = self.codes.pop(form.get("code"), (None, None))
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return self.refusal("invalid_grant")
        if asked.get("code_challenge_method") != "S256":
            return self.refusal("invalid_grant")
        if asked.get("code_challenge") != once_verified(form.get("code_verifier", "")):
            return self.refusal("invalid_grant")
        return 200, self.granted(asked, account)

    def answer(self, method, path, form, bearer):
        self.seen.append((method, path, form))
        return self.routes(method, path, form, bearer)


class GoogleStand(Stand):
    def __init__(self):
        super().__init__()
        self.claims, self.header, self.key, self.algorithm = {}, {}, KEY, "RS256"
        self.keys = [{**_public(KEY), "kid": KID}]

    def refusal(self, error):
        return 400, {"error": error, "error_description": "no"}

    def granted(self, asked, account):
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": account.subject,
            "email": account.email,
            "email_verified": account.is_verified,
            "name": account.name,
            "nonce": asked.get("nonce"),
            "iat": now,
            "exp": now + 3600,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"kid": KID} | self.header
        token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers=header)
        return {"access_token": "unused", "token_type": "Bearer", "id_token": token}

    def routes(self, method, path, form, bearer):
        if (method, path) == ("POST", "/token"):
            return self.token(form)
        if (method, path) == ("GET", "/oauth2/v3/certs"):
            return 200, {"keys": self.keys}
        return 404, {}


class GithubStand(Stand):
    def refusal(self, error):
        """With status 200, as GitHub does."""
        named = {
            "invalid_grant": "bad_verification_code",
            "invalid_client": "incorrect_client_credentials",
        }
        return 200, {"error": named[error]}

    def granted(self, asked, account):
        token = secrets.token_urlsafe(16)
        self.tokens[token] = account
        return {"access_token": token, "token_type": "bearer", "scope": "user:email"}

    def routes(self, method, path, form, bearer):
        if (method, path) == ("POST", "/login/oauth/access_token"):
            return self.token(form)
        account = self.tokens.get(bearer)
        if account is None:
            return 401, {"message": "Bad credentials"}
        if path == "/user":
            return 200, {"id": int(account.subject), "login": "ana", "name": account.name}
        if path == "/user/emails":
            first = {"email": account.email, "primary": True, "verified": account.is_verified}
            return 200, [*account.more_emails, first]
        return 404, {}


@contextmanager
def served(stand):
    """The stand on a port of its own; `stand.issuer` is its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply("GET", {})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply("POST", {name: values[-1] for name, values in parse_qs(body).items()})

        def reply(self, method, form):
            path = urlsplit(self.path).path
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, body = stand.answer(method, path, form, bearer)
            if stand.twist:
                status, body = stand.twist(path, status, body)
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            if status in (301, 302, 307):
                self.send_header("Location", stand.issuer + "/elsewhere")
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    stand.issuer = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _public(key):
    return jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {
        "use": "sig",
        "alg": "RS256",
    }
