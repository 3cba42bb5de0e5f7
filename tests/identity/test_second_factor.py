"""Codes of an authenticator app and recovery codes, on a clock of our own."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from math import log2

import pyotp
import pytest
from pydantic import TypeAdapter

from chalicelib.http.schemas.texts import RecoveryCode
from chalicelib.identity.people import Account
from chalicelib.identity.sealing import Sealer
from chalicelib.identity.second_factor import (
    ALPHABET,
    Proof,
    context,
    digest,
    digests,
    new_codes,
    prove,
    step_of,
)
from tests.fakes_people import now

NOW_S = 1_800_000_015.0
SECRET = pyotp.random_base32()
SEALER = Sealer({1: bytes(32)})


@pytest.fixture
def account():
    user_id = uuid.uuid4()
    return Account(
        user_id=user_id,
        email="ana@example.org",
        locale="es",
        password_hash=None,
        password_changed_at=None,
        second_factor_sealed=SEALER.seal(SECRET.encode(), context=context(user_id)),
        second_factor_confirmed_at=now(),
    )


def code_at(now_s):
    return pyotp.TOTP(SECRET).at(int(now_s))


def step(account, code, now_s=NOW_S):
    return step_of(code, account, sealer=SEALER, now_s=now_s)


@pytest.mark.parametrize(
    ("late_s", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_code_counts_half_a_minute_early_or_late(account, late_s, counts):
    assert (step(account, code_at(NOW_S + late_s)) is not None) is counts


def test_a_code_is_named_by_its_step(account):
    assert step(account, code_at(NOW_S - 30)) == int(NOW_S) // 30 - 1


def test_it_may_be_typed_in_two_groups(account):
    code = code_at(NOW_S)
    assert step(account, f" {code[:3]} {code[3:]}") is not None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "００００００", "٠٠٠٠٠٠"])
def test_nothing_else_is_a_code(account, code):
    assert step(account, code) is None


def test_it_is_what_rfc_6238_says():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert pyotp.TOTP(secret).at(59) == "287082"
    assert pyotp.TOTP(secret).at(1_111_111_109) == "081804"


def test_a_secret_moved_to_another_person_opens_nothing(account):
    moved = replace(account, user_id=uuid.uuid4())
    with pytest.raises(ValueError, match="not sealed by us, or for something else"):
        step(moved, code_at(NOW_S))


def test_what_is_not_in_force_proves_nothing(account):
    begun = replace(account, second_factor_confirmed_at=None)
    asked = {"sealer": SEALER, "now_s": NOW_S}
    assert prove(begun, code=code_at(NOW_S), recovery_code=None, **asked) is None
    assert prove(begun, code=None, recovery_code=new_codes()[0], **asked) is None


def test_a_proof_is_one_of_both(account):
    asked = {"sealer": SEALER, "now_s": NOW_S}
    recovery = new_codes()[0]
    assert prove(account, code=code_at(NOW_S), recovery_code=None, **asked) == Proof(
        step=int(NOW_S) // 30
    )
    assert prove(account, code=None, recovery_code=recovery, **asked) == Proof(
        recovery_sha256=digest(recovery)
    )
    assert prove(account, code=None, recovery_code=None, **asked) is None


def test_recovery_codes_are_ten_of_128_bits_and_more_and_kept_as_digests():
    codes = new_codes()
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) * log2(len(set(ALPHABET))) >= 128 for code in codes)
    assert set("".join(new_codes() + new_codes())) == {*ALPHABET, "-"}
    assert not {code.encode() for code in codes} & set(digests(codes))


def test_a_recovery_code_is_groups_of_four_that_the_door_takes():
    door = TypeAdapter(RecoveryCode)
    for code in new_codes():
        assert re.fullmatch(r"([0-9a-z]{4}-){6}[0-9a-z]{4}", code)
        assert door.validate_python(code) == code
        assert door.validate_python(code.upper().replace("-", " "))
        assert door.validate_python(code.replace("-", ""))


def test_a_recovery_code_is_the_same_however_it_is_typed():
    code = new_codes()[0]
    assert digest(code.upper().replace("-", "  ")) == digest(code)
    assert digest(code.replace("0", "O").replace("1", "l")) == digest(code)
    assert digest(code.replace("1", "i").replace("0", "o").replace("-", "")) == digest(code)
