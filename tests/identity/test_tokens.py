"""Access tokens, and everything that is tried with them."""

import base64
import hashlib
import hmac
import json
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unauthenticated
from chalicelib.identity import tokens
from chalicelib.identity.keys import parse
from chalicelib.identity.tokens import AccessClaims
from infra.identity_keys import KEPT_AFTER_S, SIGNS_AFTER_S, made, rotated
from tests.fakes_sessions import identity_keys

NOW = 1_800_000_000
ISSUER = "https://fragua.example"
KEYS = identity_keys(now_s=NOW)
KEY = KEYS.signer(NOW)
CLAIMS = AccessClaims(
    user_id=uuid.uuid4(),
    session_id=uuid.uuid4(),
    session_began_s=NOW - 5.123456,
    organization_id=uuid.uuid4(),
    role="builder",
    amr=("pwd", "otp"),
)


def issued(claims=CLAIMS, *, now_s=NOW, keys=KEYS):
    return tokens.issue(claims, keys=keys, issuer=ISSUER, now_s=now_s)


def read(text, *, now_s=NOW, keys=KEYS, issuer=ISSUER):
    return tokens.read(text, keys=keys, issuer=issuer, now_s=now_s)


def segment(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def payload(**changes):
    _, middle, _ = issued().split(".")
    data = json.loads(base64.urlsafe_b64decode(middle + "=="))
    return {name: value for name, value in (data | changes).items() if value is not ...}


def header(**changes):
    data = {"alg": "EdDSA", "typ": "at+jwt", "kid": KEY.kid} | changes
    return {name: value for name, value in data.items() if value is not ...}


def signed(head, body, key=KEY):
    """By our own key, whatever it says: the worst case."""
    text = f"{segment(head)}.{segment(body)}"
    return f"{text}.{segment(key.private.sign(text.encode()))}"


def refused(text, **how):
    with pytest.raises(Unauthenticated):
        read(text, **how)


def test_what_was_issued_is_read():
    assert read(issued()) == CLAIMS
    assert read(signed(header(), payload())) == CLAIMS


def test_a_person_in_no_organization_has_a_token_too():
    nobody = AccessClaims(
        user_id=uuid.uuid4(),
        session_id=uuid.uuid4(),
        session_began_s=float(NOW),
        organization_id=None,
        role=None,
    )
    assert read(issued(nobody)) == nobody


def test_the_claims_are_those_that_are_promised():
    assert set(payload()) == {
        "iss", "aud", "sub", "userId", "orgId", "tenantId", "role", "sid", "amr", "auth_time", "iat", "exp", "jti",
    }  # fmt: skip


class TestAlgorithms:
    @pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 0, ...])
    def test_unsigned_is_nothing(self, alg):
        refused(f"{segment(header(alg=alg))}.{segment(payload())}.")
        refused(f"{segment(header(alg=alg))}.{segment(payload())}.AA")
        refused(signed(header(alg=alg), payload()))

    @pytest.mark.parametrize("alg", ["HS256", "HS512"])
    def test_our_public_key_is_no_shared_secret(self, alg):
        raw = KEY.public.public_bytes_raw()
        for secret in (raw, KEY.jwk["x"].encode(), json.dumps(KEY.jwk).encode()):
            text = f"{segment(header(alg=alg))}.{segment(payload())}"
            name = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[alg]
            refused(f"{text}.{segment(hmac.digest(secret, text.encode(), name))}")

    @pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "Ed448", "ed25519", "EDDSA"])
    def test_one_algorithm_is_taken_and_no_other(self, alg):
        refused(signed(header(alg=alg), payload()))


class TestKeyIds:
    def test_a_key_of_somebody_else_under_our_id_opens_nothing(self):
        theirs = identity_keys().signer(NOW)
        refused(signed(header(), payload(), key=theirs))

    def test_a_key_id_that_is_not_ours_opens_nothing(self):
        theirs = identity_keys().signer(NOW)
        refused(signed(header(kid=theirs.kid), payload(), key=theirs))

    @pytest.mark.parametrize(
        "kid",
        ["../../dev/null", "/proc/self/environ", "' or 1=1 --", "https://evil.example/k", "\x00", "", None, 1, [], {}, ...],
    )  # fmt: skip
    def test_a_key_id_leads_nowhere_else(self, kid):
        refused(signed(header(kid=kid), payload()))

    def test_a_signature_of_another_of_our_keys_does_not_fit(self):
        both = parse(json.dumps(rotated(made(NOW), NOW)))
        first, second = both.signing.values()
        refused(signed(header(kid=first.kid), payload(), key=second), keys=both)


class TestHeaders:
    @pytest.mark.parametrize("typ", ["JWT", "jwt", "at+JWT", "id+jwt", "", None, ...])
    def test_another_type_of_token_is_not_one(self, typ):
        refused(signed(header(typ=typ), payload()))

    def test_a_key_that_comes_with_the_token_is_not_taken(self):
        mine = Ed25519PrivateKey.generate()
        x = segment(mine.public_key().public_bytes_raw())
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "mine"}
        for more in (
            {"jwk": jwk, "kid": "mine"},
            {"jwk": jwk},
            {"jku": "https://evil.example/jwks.json"},
            {"x5u": "https://evil.example/cert.pem"},
            {"x5c": ["MII"]},
        ):
            text = f"{segment(header(**more))}.{segment(payload())}"
            refused(f"{text}.{segment(mine.sign(text.encode()))}")
            refused(signed(header(**more), payload()))

    @pytest.mark.parametrize(
        "more", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"zip": "DEF"}, {"cty": "JWT"}]
    )
    def test_nothing_is_asked_of_us_by_a_header(self, more):
        refused(signed(header(**more), payload()))

    @pytest.mark.parametrize("head", [b"[]", b"null", b'"EdDSA"', b"{", b"\xff", b"1", b"[" * 1000])
    def test_a_header_is_an_object(self, head):
        refused(signed(head, payload()))

    def test_a_member_that_stands_twice_is_refused(self):
        twice = b'{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"' + KEY.kid.encode() + b'"}'
        refused(signed(twice, payload()))


class TestClaims:
    @pytest.mark.parametrize("name", sorted(payload()))
    def test_none_may_be_missing(self, name):
        refused(signed(header(), payload(**{name: ...})))

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://evil.example"},
            {"iss": ISSUER + "/"},
            {"iss": [ISSUER]},
            {"aud": "other"},
            {"aud": ["fragua", "other"]},
            {"sub": "6f1b1f3e-51a5-4c8e-9d2b-0a6e3c1d7f42"},
            {"userId": "1"},
            {"userId": None, "sub": None},
            {"orgId": "6f1b1f3e-51a5-4c8e-9d2b-0a6e3c1d7f42"},
            {"orgId": "x", "tenantId": "x"},
            {"sid": "x"},
            {"amr": None},
            {"exp": str(NOW + 900)},
            {"exp": True},
            {"exp": None},
            {"iat": [NOW]},
            {"auth_time": "now"},
        ],
    )
    def test_none_may_be_another(self, changes):
        refused(signed(header(), payload(**changes)))

    def test_a_claim_that_stands_twice_is_refused(self):
        body = json.dumps(payload())[:-1] + ', "role": "owner"}'
        refused(signed(header(), body.encode()))

    @pytest.mark.parametrize("body", [b"[]", b"null", b"1", b"{", b'"x"', b"[" * 1000, b""])
    def test_claims_are_an_object(self, body):
        refused(signed(header(), body))


class TestTime:
    """Our machines' clocks may differ by a minute."""

    @pytest.mark.parametrize("skew", [-60, 0, 60])
    def test_a_minute_of_difference_does_no_harm(self, skew):
        assert read(issued(now_s=NOW + skew)) == CLAIMS
        assert read(issued(), now_s=NOW + tokens.LIVES_S + skew - 1) == CLAIMS

    def test_it_ends_after_fifteen_minutes_and_the_leeway(self):
        with pytest.raises(Unauthenticated, match="has expired"):
            read(issued(), now_s=NOW + tokens.LIVES_S + tokens.LEEWAY_S)

    def test_one_from_the_future_is_refused(self):
        refused(issued(now_s=NOW + 61))


class TestForm:
    def test_an_oversized_token_is_refused_unread(self):
        refused(signed(header(), payload(amr=["x" * 4000])))

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text + ".",
            lambda text: text + ".x",
            lambda text: "." + text,
            lambda text: text.rpartition(".")[0] + ".",
            lambda text: text.replace(".", ".."),
            lambda text: text + "=",
            lambda text: text + "\n",
            lambda text: " " + text,
            lambda text: text[:-10],
            lambda _: "",
            lambda _: "..",
            lambda _: "é.é.é",
        ],
    )
    def test_what_has_another_form_is_refused(self, change):
        refused(change(issued()))

    @given(st.data())
    def test_no_changed_character_goes_unnoticed(self, data):
        text = issued()
        at = data.draw(st.integers(0, text.rindex(".") - 1))
        letter = data.draw(st.sampled_from("ABCxyz019-_."))
        if text[at] != letter:
            refused(text[:at] + letter + text[at + 1 :])

    @given(st.text(max_size=200))
    def test_any_text_is_refused_and_nothing_breaks(self, text):
        refused(text)
        refused(f"{segment(text.encode())}.{segment(text.encode())}.AAAA")


def test_other_libraries_read_it_too():
    claims = jwt.decode(
        issued(), KEY.public, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False},
        audience="fragua", issuer=ISSUER,
    )  # fmt: skip
    assert claims["orgId"] == str(CLAIMS.organization_id)


def test_keys_change_without_logging_anybody_out():
    """Through ten rotations, one each twenty minutes: a token works for as long as it lives, and is signed by the newest."""
    secret, alive = made(NOW), []
    for minute in range(200):
        now_s = NOW + 60 * minute
        if minute % 20 == 0:
            secret = rotated(secret, now_s)
        keys = parse(json.dumps(secret))
        alive = [(token, at) for token, at in alive if now_s - at < tokens.LIVES_S]
        alive.append((issued(now_s=now_s, keys=keys), now_s))
        for token, _ in alive:
            assert read(token, now_s=now_s, keys=keys) == CLAIMS
    assert len(secret["signing_keys"]) <= 3 + KEPT_AFTER_S // 1200
    assert SIGNS_AFTER_S < 1200
