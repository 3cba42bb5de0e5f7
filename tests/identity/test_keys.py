"""The identity secret: read, re-read, rotated."""

import json
import time

import jwt
import pytest

from chalicelib.adapters.identity_keys import StoredIdentityKeys
from chalicelib.errors import CloudBusy, PlatformError, Unavailable
from chalicelib.identity.keys import FaultyIdentitySecret, parse
from infra.identity_keys import KEPT_AFTER_S, SIGNS_AFTER_S, carry_out, in_file, made, rotated

NOW = 1_800_000_000


class Secret:
    """Secrets Manager with one secret in it, counting who asks."""

    def __init__(self, value):
        self.value, self.asked, self.broken = value, 0, None

    def read(self, name):
        self.asked += 1
        if self.broken:
            raise self.broken
        return self.value


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def secret():
    return Secret(json.dumps(made(NOW)))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stored(secret, clock):
    return StoredIdentityKeys(secret, "identity", clock=clock)


def test_what_was_made_can_be_used():
    keys = parse(json.dumps(made(NOW)))
    assert keys.sealer.open(keys.sealer.seal(b"x", context="c"), context="c") == b"x"
    assert keys.signer(0).kid in keys.signing


def test_no_key_is_in_the_words_about_the_keys():
    data = made(NOW)
    shown = repr(parse(json.dumps(data)))
    assert data["mac_key"] not in shown
    assert "seed" not in shown
    assert "sealing" not in shown


def test_each_purpose_has_a_mac_key_of_its_own():
    keys = parse(json.dumps(made(NOW)))
    assert len({keys.mac_key(purpose) for purpose in ("device", "refresh-token", "")}) == 3
    assert keys.mac_key("device") == keys.mac_key("device")


def test_the_published_keys_hold_nothing_private():
    keys = parse(json.dumps(made(NOW)))
    [published] = keys.jwks()["keys"]
    assert "d" not in published
    assert jwt.PyJWK(published).key.public_bytes_raw() == keys.signer(NOW).public.public_bytes_raw()


@pytest.mark.parametrize(
    "change",
    [
        {"signing_keys": []},
        {"sealing_keys": {}},
        {"sealing_keys": {"x": ""}},
        {"mac_key": "c2hvcnQ="},
        {"mac_key": "not base64 !"},
        {"mac_key": None},
        {"signing_keys": [{"kid": "../x", "private_key": "", "signs_from": 0}]},
        {"signing_keys": [made(0)["signing_keys"][0] | {"kid": "twice"}] * 2},
        {"signing_keys": "x"},
    ],
)
def test_a_faulty_secret_is_refused_without_repeating_it(change):
    text = json.dumps(made(NOW) | change)
    with pytest.raises(FaultyIdentitySecret) as refused:
        parse(text)
    assert len(str(refused.value)) < 60
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}"])
def test_what_is_no_secret_at_all_is_refused(text):
    with pytest.raises(FaultyIdentitySecret):
        parse(text)


class TestRereading:
    def test_the_secret_is_read_once_in_five_minutes(self, stored, secret, clock):
        for clock.now in (0, 1, 299):
            stored.current()
        assert secret.asked == 1
        clock.now = 300
        stored.current()
        assert secret.asked == 2

    def test_an_unknown_key_is_looked_for_at_once_but_not_more_than_every_30_seconds(
        self, stored, secret, clock
    ):
        first = stored.current()
        secret.value = json.dumps(rotated(json.loads(secret.value), NOW))
        newest = json.loads(secret.value)["signing_keys"][-1]["kid"]
        assert first.verifier(newest) is None
        clock.now = 30
        assert first.verifier(newest) is not None
        for _ in range(100):
            assert first.verifier("made up") is None
        assert secret.asked == 2

    def test_while_the_secret_can_not_be_read_the_known_keys_serve(self, stored, secret, clock):
        first = stored.current()
        secret.broken = CloudBusy("away")
        clock.now = 300
        assert stored.current() == first
        stored.current()
        assert secret.asked == 2
        secret.broken, clock.now = None, 600
        stored.current()
        assert secret.asked == 3

    def test_a_secret_that_was_broken_since_does_no_harm(self, stored, secret, clock):
        first = stored.current()
        secret.value, clock.now = "{", 300
        assert stored.current() == first

    def test_who_knows_nothing_yet_has_to_refuse(self, stored, secret):
        secret.broken = CloudBusy("away")
        with pytest.raises(CloudBusy):
            stored.current()
        secret.broken, secret.value = None, None
        with pytest.raises(Unavailable):
            stored.current()
        secret.value = "{"
        with pytest.raises(PlatformError):
            stored.current()


class TestRotating:
    def test_a_new_key_is_published_before_it_signs(self):
        before = made(NOW)
        keys = parse(json.dumps(rotated(before, NOW)))
        old = before["signing_keys"][0]["kid"]
        assert len(keys.jwks()["keys"]) == 2
        assert keys.signer(NOW + SIGNS_AFTER_S - 1).kid == old
        assert keys.signer(NOW + SIGNS_AFTER_S).kid != old

    def test_a_key_goes_when_nothing_it_signed_can_be_alive(self):
        once = rotated(made(NOW), NOW)
        late = NOW + SIGNS_AFTER_S + KEPT_AFTER_S
        assert len(rotated(once, late - 1)["signing_keys"]) == 3
        assert len(rotated(once, late)["signing_keys"]) == 2

    def test_rotating_again_at_once_changes_nothing(self):
        once = rotated(made(NOW), NOW)
        assert rotated(once, NOW + 1) is once

    def test_what_is_sealed_and_marked_stays_so(self):
        before = made(NOW)
        after = rotated(before, NOW)
        assert (after["mac_key"], after["sealing_keys"]) == (
            before["mac_key"],
            before["sealing_keys"],
        )

    def test_on_a_laptop_keys_are_made_once_for_one_person_only(self, tmp_path):
        path = tmp_path / "identity.json"
        kept = in_file(path)
        with pytest.raises(SystemExit):
            carry_out("rotate", *kept)
        carry_out("make", *kept)
        first = path.read_text()
        carry_out("make", *kept)
        assert path.read_text() == first
        assert path.stat().st_mode & 0o777 == 0o600
        carry_out("rotate", *kept)
        assert len(parse(path.read_text()).signing) == 2
        assert parse(path.read_text()).signer(time.time()).kid in first

    def test_a_key_that_leaked_is_taken_out_once_another_signs(self, tmp_path):
        kept = in_file(tmp_path / "identity.json")
        carry_out("make", *kept)
        [leaked] = parse(kept[0]()).signing
        with pytest.raises(SystemExit):
            carry_out("remove", *kept, kid=leaked)
        secret = rotated(json.loads(kept[0]()), int(time.time()) - SIGNS_AFTER_S)
        kept[1](json.dumps(secret))
        carry_out("remove", *kept, kid=leaked)
        assert leaked not in parse(kept[0]()).signing
