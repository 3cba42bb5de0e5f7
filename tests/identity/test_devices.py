"""Devices that are known again, and buckets that strangers can't empty for them."""

from __future__ import annotations

import pytest

from chalicelib.errors import LimitReached
from chalicelib.identity.devices import DAY_S, admit_code, admit_password, device_for, known_device
from chalicelib.identity.marks import marked, unmarked
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from tests.fakes_sessions import identity_keys

ANA, EVA = "ana@example.org", "eva@example.org"
NOW_S = 1_800_000_000.0
KEYS = identity_keys(now_s=int(NOW_S) - 10)


def known(text, email=ANA, *, keys=KEYS, now_s=NOW_S):
    return known_device(text, email, keys=keys, now_s=now_s)


def test_a_device_is_known_again_by_the_same_id():
    text = device_for(ANA, "", keys=KEYS, now_s=NOW_S)
    assert len(known(text)) == 32
    anew = device_for(ANA, known(text), keys=KEYS, now_s=NOW_S + 100 * DAY_S)
    assert known(anew, now_s=NOW_S + 400 * DAY_S) == known(text)


def test_it_is_nothing_to_another_account_or_with_other_keys_or_after_a_year():
    text = device_for(ANA, "", keys=KEYS, now_s=NOW_S)
    assert known(text, EVA) == ""
    assert known(text, keys=identity_keys()) == ""
    assert known(text, now_s=NOW_S + 366 * DAY_S) == ""


@pytest.mark.parametrize("text", [None, "", "x", "é" * 50, "A" * 2000, "%" * 80, "====", "A" * 43])
def test_what_we_never_gave_out_is_no_device(text):
    assert known(text) == ""


def test_a_changed_character_is_no_device():
    text = device_for(ANA, "", keys=KEYS, now_s=NOW_S)
    for at in range(0, len(text) - 1, 7):
        other = "A" if text[at] != "A" else "B"
        assert known(text[:at] + other + text[at + 1 :]) == ""


def test_a_text_for_one_purpose_is_nothing_for_another():
    text = marked("challenge", b"body", keys=KEYS)
    assert unmarked("challenge", text, keys=KEYS) == b"body"
    assert unmarked("device", text, keys=KEYS) is None


def tries(email, device_id, ip, limits, times):
    passed = 0
    for _ in range(times):
        try:
            admit_password(email, device_id, ip, limits=limits, now_us=int(NOW_S * 1e6))
        except LimitReached:
            continue
        passed += 1
    return passed


def test_strangers_share_one_bucket_of_an_account_and_a_device_has_its_own():
    limits = LimitsInProcess()
    assert tries(ANA, "", "192.0.2.1", limits, 20) == 10
    assert tries(ANA, "", "192.0.2.2", limits, 5) == 0
    assert tries(ANA, "d1", "192.0.2.1", limits, 20) == 10
    assert tries(ANA, "d2", "192.0.2.1", limits, 1) == 1
    assert tries(EVA, "", "192.0.2.3", limits, 1) == 1


def test_one_address_tries_so_many_accounts_and_no_more():
    limits = LimitsInProcess()
    passed = sum(tries(f"{n}@example.org", "", "192.0.2.1", limits, 1) for n in range(80))
    assert passed == 60


def test_an_address_that_is_refused_takes_nothing_from_an_account():
    limits = LimitsInProcess()
    for n in range(60):
        tries(f"{n}@example.org", "", "192.0.2.1", limits, 1)
    assert tries(ANA, "", "192.0.2.1", limits, 10) == 0
    assert tries(ANA, "", "192.0.2.2", limits, 20) == 10


def test_whoever_has_the_password_guesses_codes_in_a_bucket_of_strangers():
    limits, now_us = LimitsInProcess(), int(NOW_S * 1e6)
    for _ in range(10):
        admit_code(ANA, "", limits=limits, now_us=now_us)
    with pytest.raises(LimitReached):
        admit_code(ANA, "", limits=limits, now_us=now_us)
    admit_code(ANA, "d1", limits=limits, now_us=now_us)
