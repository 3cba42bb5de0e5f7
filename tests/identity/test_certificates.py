"""A provider is believed only behind a certificate that is good for its name, and nothing here ever looks away."""

import datetime
import ipaddress
import re
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from stripe import APIConnectionError

from chalicelib.adapters.oauth_http import ProviderCalls
from chalicelib.adapters.stripe_http import StripeHttp
from chalicelib.errors import ProviderBusy

HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
DAY = datetime.timedelta(days=1)


def certificate(folder, name=HERE, *, ends=DAY):
    """The path of a file with a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    us = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provider")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(us, us, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 2 * DAY)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def provider(path):
    """Its address. What it was sent is in `heard`."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/token", heard
    finally:
        server.shutdown()
        server.server_close()


def posted(url):
    return ProviderCalls("google").post(url, {"client_secret": "a secret"})


def test_one_that_is_good_for_its_name_is_believed(tmp_path, monkeypatch):
    """So that the others fail for what they say and not for something else."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with provider(path) as (url, heard):
        assert posted(url).status == 200
        assert heard


def test_one_that_nobody_vouches_for_is_told_nothing(tmp_path):
    with provider(certificate(tmp_path)) as (url, heard):
        with pytest.raises(ProviderBusy, match="SSLError"):
            posted(url)
        assert heard == []


@pytest.mark.parametrize(
    "wrong", [{"name": x509.DNSName("accounts.example.com")}, {"ends": -DAY}], ids=["name", "over"]
)
def test_one_for_another_name_or_another_time_is_told_nothing(tmp_path, monkeypatch, wrong):
    path = certificate(tmp_path, **wrong)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with provider(path) as (url, heard):
        with pytest.raises(ProviderBusy, match="SSLError"):
            posted(url)
        assert heard == []


def test_stripe_is_told_nothing_without_one_that_its_own_authorities_vouch_for(tmp_path):
    """The SDK brings them; those of the machine don't count."""
    with provider(certificate(tmp_path)) as (url, heard):
        with pytest.raises(APIConnectionError, match="SSLError"):
            StripeHttp().request("post", url, {}, "card=4242")
        assert heard == []


def test_nobody_turns_verification_off():
    waived = re.compile(r"CERT_NONE|cert_reqs|verify\s*=\s*False|check_hostname|_create_unverified")
    code = [path for room in ("chalicelib", "cli", "infra") for path in Path(room).rglob("*.py")]
    assert code
    assert [str(path) for path in code if waived.search(path.read_text())] == []
