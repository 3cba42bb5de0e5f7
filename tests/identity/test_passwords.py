"""Passwords: which may be chosen, and that telling a right one takes one verification for everybody."""

from __future__ import annotations

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.identity.passwords import COMMON, Passwords, common, cores, refuse_weak, weakness
from tests.fakes_people import CountedPasswords

GOOD = "correct horse battery staple"


@pytest.mark.parametrize(
    "password",
    ["password1234", "Password123!!", "summer2024!!!", "letmeinletmein1", "123456123456", "qwertyuiop12", "contraseña1234",
     "aaaaaaaaaaaaaaaa", "PASSWORDPASSWORD"],
)  # fmt: skip
def test_what_everybody_uses_is_refused_however_it_is_dressed_up(password):
    assert weakness(password, ()) == "common"


@pytest.mark.parametrize(
    "password", [GOOD, "x7Qp-31kd-ZZ09", "una frase larga de verdad", "🐎🔋📎🪨🌊🌲🎈🎻🧊🪁🧭🫐"]
)
def test_anything_else_may_be_chosen_without_rules_about_its_characters(password):
    assert weakness(password, ()) is None


def test_lengths_are_counted_in_characters():
    assert weakness("ñ" * 5 + "abcdef", ()) == "short"
    longest = GOOD + "ñ" * 100
    assert (len(longest), weakness(longest, ())) == (128, None)
    assert weakness(longest + "ñ", ()) == "long"


def test_ones_own_name_or_address_is_no_password():
    about = ("ana.perez@example.org", "ana.perez", "Ana Pérez López")
    assert weakness("Ana.Perez@Example.org", about) == "about you"
    assert weakness("ana pérez lópez", about) == "about you"


def test_a_refusal_names_the_place_and_the_cure_and_not_the_password():
    with pytest.raises(InvalidRequest) as refused:
        refuse_weak("dragondragon", about=(), path="body.password", language="es")
    (fault,) = refused.value.facts["errors"]
    assert fault["path"] == "body.password"
    assert fault["cure"].startswith("elija")
    assert "dragon" not in str(refused.value.facts) + refused.value.detail


def test_the_list_holds_thousands_beyond_the_shortest_length_and_stays_small():
    assert COMMON.stat().st_size <= 50 * 1024
    assert len(common()) > 5000
    assert {one for one in common() if one != one.casefold() or one != one.strip()} == set()


def test_what_is_left_of_a_password_is_looked_up_too():
    assert cores("12dragon34dragon34") >= {"12dragon34dragon34", "dragon34dragon"}
    assert "dragon" in cores("dragondragon99")


def test_the_same_password_from_two_keyboards():
    passwords = CountedPasswords()
    stored = passwords.hashed("cafe\u0301 con leche y azu\u0301car")
    assert passwords.is_right("café con leche y azúcar", stored)


def test_a_long_password_is_compared_whole():
    passwords = CountedPasswords()
    stored = passwords.hashed("a" * 100 + "b")
    assert not passwords.is_right("a" * 100 + "c", stored)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("password", [GOOD, "something else entirely"])
def test_one_verification_whoever_it_is(known, password):
    passwords = CountedPasswords()
    stored = passwords.hashed(GOOD) if known else None
    assert passwords.is_right(password, stored) is (known and password == GOOD)
    assert passwords.verified == 1


def test_the_hash_says_argon2id_at_the_cost_of_the_house():
    assert Passwords().hashed(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_nobodys_hash_costs_what_everybodys_does():
    passwords = Passwords(memory_kib=16, rounds=2)
    assert passwords._nobodys.split("$")[3] == passwords.hashed(GOOD).split("$")[3]


def test_another_cost_is_noticed():
    assert CountedPasswords(rounds=2).is_outdated(CountedPasswords().hashed(GOOD))
    assert not CountedPasswords().is_outdated(CountedPasswords().hashed(GOOD))
