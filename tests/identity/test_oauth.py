"""The flow against providers played over real HTTP: what works, and what attackers, accidents and bad days may not do."""

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.adapters.oauth_http import ProviderCalls
from chalicelib.adapters.oauth_providers import (
    Github,
    Google,
    github_endpoints,
    google_endpoints,
    offered,
)
from chalicelib.errors import InvalidRequest, PlatformError, ProviderBusy, Unauthenticated
from chalicelib.identity import oauth
from chalicelib.identity.sealing import Sealer
from chalicelib.settings import read_settings
from tests.fakes_oauth import Flows
from tests.identity.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    KID,
    OTHER_KEY,
    Account,
    GithubStand,
    GoogleStand,
    served,
)

PEM, SubjectPublicKeyInfo = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
PAGE = "https://fragua.example.com/sign-in"
SEALER = Sealer({1: bytes(32)})


def _b64(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """Somebody who signs in: begins, consents at the provider, comes back."""

    def __init__(self, provider, flows, stand):
        self.provider, self.flows, self.stand = provider, flows, stand

    def begin(self, *, now=None, **asked):
        asked = {"redirect_uri": PAGE, "purpose": "sign_in"} | asked
        return oauth.begin(
            self.provider,
            public_url="https://fragua.example.com",
            flows=self.flows,
            sealer=SEALER,
            now=now or datetime.now(UTC),
            **asked,
        )

    def finish(self, begun, back, **presented):
        presented = {"flow": begun.flow, "purpose": "sign_in"} | back | presented
        return oauth.finish(self.provider, flows=self.flows, sealer=SEALER, **presented)

    def sign_in(self, **changed):
        begun = self.begin()
        return self.finish(begun, self.stand.consent(begun.authorization_url, **changed))


def google_at(stand, **calls):
    return Google(
        CLIENT_ID,
        lambda: CLIENT_SECRET,
        google_endpoints(stand.issuer),
        ProviderCalls("google", **calls),
    )


def github_at(stand, **calls):
    return Github(
        CLIENT_ID,
        lambda: CLIENT_SECRET,
        github_endpoints(stand.issuer),
        ProviderCalls("github", **calls),
    )


@pytest.fixture
def google():
    with served(GoogleStand()) as stand:
        yield Browser(google_at(stand, connect_s=1, read_s=1), Flows(), stand)


@pytest.fixture
def github():
    with served(GithubStand()) as stand:
        yield Browser(github_at(stand, connect_s=1, read_s=1), Flows(), stand)


@pytest.fixture(params=["google", "github"])
def browser(request):
    return request.getfixturevalue(request.param)


# ---- what works ----


def test_google_says_who_signed_in(google):
    assert google.sign_in() == oauth.Profile(
        provider="google", subject="1080", email="ana@example.com", name="Ana Pérez"
    )


def test_github_says_who_signed_in(github):
    assert github.sign_in() == oauth.Profile(
        provider="github", subject="1080", email="ana@example.com", name="Ana Pérez"
    )


def test_the_browser_is_sent_with_state_nonce_and_an_s256_challenge_and_never_the_verifier(browser):
    begun = browser.begin()
    asked = {
        name: value[0] for name, value in parse_qs(urlsplit(begun.authorization_url).query).items()
    }
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert len(asked["code_challenge"]) == 43
    assert begun.flow not in begun.authorization_url
    assert len({asked["state"], asked["nonce"], asked["code_challenge"], begun.flow}) == 4


def test_what_is_kept_of_a_flow_opens_nothing(browser):
    begun = browser.begin()
    asked = parse_qs(urlsplit(begun.authorization_url).query)
    (state_sha256, kept), *_ = browser.flows.kept.items()
    text = repr((state_sha256, kept))
    assert begun.flow not in text
    assert asked["state"][0] not in text
    with pytest.raises(ValueError, match="sealed"):
        SEALER.open(kept.verifier_sealed, context="oauth:of another flow")


def test_a_program_on_loopback_may_be_sent_back_to(google):
    begun = google.begin(redirect_uri="http://127.0.0.1:8765/callback")
    assert google.finish(begun, google.stand.consent(begun.authorization_url)).subject == "1080"


def test_google_changing_its_keys_is_followed(google):
    google.sign_in()
    google.stand.key, google.stand.header = OTHER_KEY, {"kid": "google-2"}
    google.stand.keys.append(
        jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key(), as_dict=True)
        | {"kid": "google-2", "use": "sig", "alg": "RS256"}
    )
    google.provider._keys._clock = lambda: time.monotonic() + 61
    assert google.sign_in().subject == "1080"


def test_only_providers_with_a_client_id_are_offered():
    keys = SimpleNamespace(google_client_secret="g", github_client_secret="h")
    settings = {"FRAGUA_STAGE": "test", "FRAGUA_ARTIFACT_BUCKET": "b", "FRAGUA_RUN_TABLE": "t"}
    assert offered(read_settings(settings), lambda: keys) == {}
    settings["FRAGUA_GITHUB_CLIENT_ID"] = CLIENT_ID
    made = offered(read_settings(settings), lambda: keys)
    assert list(made) == ["github"]
    assert made["github"]._secret() == "h"


def test_without_a_stand_in_only_the_providers_own_addresses_are_asked():
    for endpoints in (google_endpoints(), github_endpoints()):
        told = [endpoints.authorization, endpoints.token, endpoints.keys, endpoints.user]
        for url in filter(None, told):
            assert urlsplit(url).scheme == "https"
            assert urlsplit(url).hostname.endswith((".google.com", ".googleapis.com", "github.com"))


# ---- replay, login CSRF, injection ----


def test_a_flow_works_once(browser):
    begun = browser.begin()
    back = browser.stand.consent(begun.authorization_url)
    browser.finish(begun, back)
    with pytest.raises(Unauthenticated, match="Begin again"):
        browser.finish(begun, back)


def test_one_of_two_who_finish_at_once_signs_in(browser):
    begun = browser.begin()
    back = browser.stand.consent(begun.authorization_url)
    told = []

    def finish():
        try:
            told.append(browser.finish(begun, back).subject)
        except Unauthenticated:
            told.append("refused")

    threads = [threading.Thread(target=finish) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(told) == ["1080", "refused"]


def test_the_state_of_another_flow_is_refused(browser):
    mine, another = browser.begin(), browser.begin()
    back = browser.stand.consent(another.authorization_url)
    with pytest.raises(Unauthenticated, match="Begin again"):
        browser.finish(mine, back)


def test_who_lacks_the_flow_secret_is_refused_and_does_not_use_the_flow_up(browser):
    begun = browser.begin()
    back = browser.stand.consent(begun.authorization_url)
    for guess in ("", "x" * 43, back["state"]):
        with pytest.raises(Unauthenticated, match="Begin again"):
            browser.finish(begun, back, flow=guess)
    assert browser.finish(begun, back).subject == "1080"


def test_a_made_up_state_asks_the_provider_nothing(browser):
    begun = browser.begin()
    with pytest.raises(Unauthenticated):
        browser.finish(begun, {"code": "x", "state": "made up"})
    assert browser.stand.seen == []


def test_a_stolen_code_in_ones_own_flow_is_refused(browser):
    """Code injection: the code belongs to the victim's challenge, the attacker's flow has another verifier."""
    victim, attacker = browser.begin(), browser.begin()
    stolen = browser.stand.consent(victim.authorization_url)["code"]
    own = browser.stand.consent(attacker.authorization_url)
    with pytest.raises(Unauthenticated, match="not good"):
        browser.finish(attacker, own | {"code": stolen})


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge_method": "plain"},
    ],
)
def test_a_code_that_was_got_without_pkce_is_refused(browser, changed):
    with pytest.raises(Unauthenticated, match="not good"):
        browser.sign_in(**changed)


def test_a_code_for_another_address_is_refused(browser):
    with pytest.raises(Unauthenticated, match="not good"):
        browser.sign_in(redirect_uri="https://fragua.example.com/elsewhere")


def test_a_flow_begun_with_one_provider_is_not_finished_with_the_other(google, github):
    begun = google.begin()
    back = google.stand.consent(begun.authorization_url)
    github.flows = google.flows
    with pytest.raises(Unauthenticated, match="Begin again"):
        github.finish(begun, back)


def test_a_flow_that_links_does_not_sign_in_nor_the_other_way_round(browser):
    person = uuid4()
    linking = browser.begin(purpose="link", person=person)
    with pytest.raises(Unauthenticated, match="Begin again"):
        browser.finish(linking, browser.stand.consent(linking.authorization_url))
    signing = browser.begin()
    with pytest.raises(Unauthenticated, match="Begin again"):
        browser.finish(
            signing,
            browser.stand.consent(signing.authorization_url),
            purpose="link",
            person=person,
        )


def test_a_flow_that_links_is_finished_by_the_person_who_began_it(browser):
    linking = browser.begin(purpose="link", person=uuid4())
    back = browser.stand.consent(linking.authorization_url)
    with pytest.raises(Unauthenticated, match="Begin again"):
        browser.finish(linking, back, purpose="link", person=uuid4())


def test_a_flow_is_good_for_ten_minutes(browser):
    begun = browser.begin(now=datetime.now(UTC) - timedelta(minutes=10, seconds=1))
    back = browser.stand.consent(begun.authorization_url)
    with pytest.raises(Unauthenticated, match="Begin again"):
        browser.finish(begun, back)


def test_a_refused_address_begins_nothing(browser):
    with pytest.raises(InvalidRequest):
        browser.begin(redirect_uri="https://fragua.example.com.evil.com/sign-in")
    assert browser.flows.kept == {}


# ---- id_token ----


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"]},
        {"azp": "another client"},
        {"iss": "https://accounts.google.com.evil.com"},
        {"iss": None},
        {"exp": None},
        {"sub": None},
        {"sub": 1080},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(google, claims):
    google.stand.claims = claims
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


@pytest.mark.parametrize("off", [{"exp": -120}, {"iat": 600}], ids=str)
def test_an_id_token_of_another_time_is_refused(google, off):
    now = int(time.time())
    google.stand.claims = {name: now + seconds for name, seconds in off.items()}
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


@pytest.mark.parametrize("skew", [{"exp": -50, "iat": -3650}, {"exp": 3650, "iat": 50}], ids=str)
def test_a_clock_that_is_a_minute_off_is_forgiven(google, skew):
    now = int(time.time())
    google.stand.claims = {name: now + off for name, off in skew.items()}
    assert google.sign_in().subject == "1080"


def test_an_unsigned_id_token_is_refused(google):
    google.stand.key, google.stand.algorithm = None, "none"
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


def test_an_id_token_signed_with_the_public_key_as_a_password_is_refused(google):
    """Key confusion: whoever has the public key could sign, if HMAC were believed."""
    public = google.stand.key.public_key().public_bytes(PEM, SubjectPublicKeyInfo)

    def resigned(path, status, body):
        if path != "/token":
            return status, body
        _, claims, _ = body["id_token"].split(".")
        head = _b64(json.dumps({"alg": "HS256", "kid": KID}).encode())
        mark = _b64(hmac.digest(public, f"{head}.{claims}".encode(), "sha256"))
        return status, {"id_token": f"{head}.{claims}.{mark}"}

    google.stand.twist = resigned
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


def test_an_id_token_signed_by_somebody_else_is_refused(google):
    google.stand.key = OTHER_KEY
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


def test_a_key_that_the_id_token_brings_along_is_a_stranger(google):
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key(), as_dict=True)
    google.stand.key = OTHER_KEY
    google.stand.header = {"jwk": jwk, "jku": google.stand.issuer, "kid": "mine"}
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


def test_unknown_key_ids_do_not_become_calls(google):
    google.sign_in()
    google.stand.header = {"kid": "unheard of"}
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            google.sign_in()
    assert sum(path == "/oauth2/v3/certs" for _, path, _ in google.stand.seen) == 1


@pytest.mark.parametrize("text", ["", "a.b.c", "not a token", None, 7])
def test_no_id_token_or_nonsense_in_its_place_is_refused(google, text):
    google.stand.twist = lambda path, status, body: (
        (status, {"id_token": text}) if path == "/token" else (status, body)
    )
    with pytest.raises(Unauthenticated, match="not for this sign-in"):
        google.sign_in()


# ---- addresses ----


@pytest.mark.parametrize("verified", [False, "true", 1, None])
def test_an_address_that_google_does_not_vouch_for_is_none(google, verified):
    google.stand.claims = {"email_verified": verified}
    assert google.sign_in().email == ""


def test_of_githubs_addresses_only_the_primary_verified_one_counts(github):
    other = {"email": "old@example.com", "primary": False, "verified": True}
    github.stand.account = Account(is_verified=False, more_emails=[other])
    assert github.sign_in().email == ""
    github.stand.account = Account(more_emails=[other])
    assert github.sign_in().email == "ana@example.com"


# ---- bad days ----


def test_a_provider_that_refuses_us_as_a_client_is_our_turn(browser):
    browser.provider._secret = lambda: "an old secret"
    with pytest.raises(PlatformError) as failed:
        browser.sign_in()
    assert failed.value.status == 500
    assert CLIENT_SECRET not in str(failed.value)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_provider_in_trouble_is_the_worlds_turn_and_the_same_request_works_later(browser, status):
    begun = browser.begin()
    back = browser.stand.consent(begun.authorization_url)
    codes = dict(browser.stand.codes)
    browser.stand.twist = lambda *_: (status, {"error": "server_error"})
    with pytest.raises(ProviderBusy):
        browser.finish(begun, back)
    browser.stand.twist, browser.stand.codes = None, codes
    assert browser.finish(begun, back).subject == "1080"


def test_a_provider_that_is_away_is_the_worlds_turn():
    stand = GoogleStand()
    with served(stand):
        browser = Browser(google_at(stand, connect_s=1, read_s=1), Flows(), stand)
        begun = browser.begin()
        back = stand.consent(begun.authorization_url)
    with pytest.raises(ProviderBusy):
        browser.finish(begun, back)


def test_a_provider_that_keeps_us_waiting_is_the_worlds_turn(browser):
    browser.provider._calls = ProviderCalls("slow", read_s=0.05)
    released = threading.Event()

    def wait(path, status, body):
        released.wait(2)
        return status, body

    browser.stand.twist = wait
    with pytest.raises(ProviderBusy):
        browser.sign_in()
    released.set()


def test_a_provider_that_drips_is_cut_off(browser, monkeypatch):
    monkeypatch.setattr("chalicelib.adapters.oauth_http.WHOLE_S", -1)
    with pytest.raises(ProviderBusy):
        browser.sign_in()


@pytest.mark.parametrize(
    "body", [b"<html>", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * 300_000 + b'"', b"[]", b"null"]
)
def test_an_answer_that_is_nonsense_or_too_long_signs_nobody_in(browser, body):
    browser.stand.twist = lambda *_: (200, body)
    with pytest.raises((ProviderBusy, Unauthenticated)):
        browser.sign_in()


def test_a_redirect_is_not_followed(browser):
    browser.stand.twist = lambda path, status, body: (302, {})
    with pytest.raises(Unauthenticated):
        browser.sign_in()
    assert "/elsewhere" not in [path for _, path, _ in browser.stand.seen]


def test_a_github_answer_without_a_number_is_nobody(github):
    github.stand.twist = lambda path, status, body: (
        (status, body | {"id": "1080"}) if path == "/user" else (status, body)
    )
    with pytest.raises(ProviderBusy):
        github.sign_in()
