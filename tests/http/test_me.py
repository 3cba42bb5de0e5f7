"""`/v1/me`: what a person sees and changes of themselves."""

from __future__ import annotations

import pytest

from tests.people import EMAIL, Somebody, ana, somebody

__all__ = ["ana", "somebody"]


def removed(somebody, **proof):
    return somebody.ask("DELETE", "/v1/me/second-factor", proof)[0]


def test_who_am_i(ana):
    status, told = ana.ask("GET", "/v1/me")
    assert (status, told["email"], told["name"], told["role"]) == (200, EMAIL, "Ana", "owner")
    assert (told["has_password"], told["has_second_factor"]) == (True, False)


def test_nothing_of_a_password_is_shown(ana):
    assert "argon2" not in str(ana.ask("GET", "/v1/me"))


def test_a_name_and_a_language_are_changed_one_at_a_time(ana):
    assert ana.ask("PATCH", "/v1/me", {"name": "Ana  María"})[1]["name"] == "Ana María"
    status, told = ana.ask("PATCH", "/v1/me", {"locale": "es"})
    assert (status, told["name"], told["locale"]) == (200, "Ana María", "es")


@pytest.mark.parametrize(
    "change", [{}, {"email": "eva@example.org"}, {"name": ""}, {"role": "owner"}]
)
def test_nothing_else_of_oneself_is_changed_here(ana, change):
    assert ana.ask("PATCH", "/v1/me", change)[0] == 422


def test_an_api_key_is_not_a_person(api):
    assert api("GET", "/v1/me")[0] == 403


def test_my_organizations(ana):
    status, told = ana.ask("GET", "/v1/me/organizations")
    assert (status, [(one["name"], one["role"]) for one in told["items"]]) == (
        200,
        [("Clínica Sonrisa", "owner")],
    )


def test_setting_up_a_second_factor_shows_ten_recovery_codes_once(ana, world):
    codes = ana.turns_on_the_second_factor()
    assert len(set(codes)) == 10
    told = ana.ask("GET", "/v1/me")[1]
    assert (told["has_second_factor"], told["recovery_codes_left"]) == (True, 10)
    assert len(world.outbox.of("second_factor_changed")) == 1


def test_a_second_factor_that_was_begun_only_is_not_asked_for(ana):
    status, begun = ana.post("/v1/me/second-factor", password=ana.password)
    assert (status, begun["uri"].startswith("otpauth://totp/Fragua:ana%40example.org?secret=")) == (
        200,
        True,
    )
    assert ana.signs_in()[0] == 200


def test_setting_it_up_takes_the_password(ana):
    assert ana.post("/v1/me/second-factor")[0] == 403
    assert ana.post("/v1/me/second-factor", password="not the one I have")[0] == 403


def test_a_wrong_code_confirms_nothing(ana):
    ana.secret = ana.post("/v1/me/second-factor", password=ana.password)[1]["secret"]
    assert ana.post("/v1/me/second-factor/confirm", code="000000")[0] == 403
    assert ana.signs_in()[0] == 200


def test_nothing_is_confirmed_that_was_not_begun(ana):
    assert ana.post("/v1/me/second-factor/confirm", code="000000")[0] == 409


def test_there_is_one_second_factor(ana):
    ana.turns_on_the_second_factor()
    assert ana.post("/v1/me/second-factor", password=ana.password)[0] == 409
    assert ana.post("/v1/me/second-factor/confirm", code=ana.code())[0] == 409


def test_new_recovery_codes_end_the_old_ones(ana):
    old = ana.turns_on_the_second_factor()
    status, told = ana.post("/v1/me/second-factor/recovery-codes", code=ana.code())
    assert (status, set(told["recovery_codes"]) & set(old)) == (200, set())
    challenge = ana.signs_in()[1]["challenge"]
    assert ana.answers(challenge, recovery_code=old[0])[0] == 401
    assert ana.answers(challenge, recovery_code=told["recovery_codes"][0])[0] == 200


def test_who_lost_the_phone_removes_it_with_a_recovery_code(ana):
    codes = ana.turns_on_the_second_factor()
    assert removed(ana, password=ana.password, recovery_code=codes[3]) == 204
    assert ana.signs_in()[0] == 200


def test_removing_takes_password_and_code(ana):
    ana.turns_on_the_second_factor()
    assert removed(ana, password="not the one I have", code=ana.code()) == 403
    assert removed(ana, password=ana.password, code="000000") == 403
    assert ana.signs_in()[0] == 401


def test_of_somebody_else_nothing_is_seen(ana, world):
    eva = Somebody(ana._api, world)
    eva.email = "eva@example.org"
    eva.signs_up(name="Eva", organization="Otra")
    eva.opens_the_link()
    eva.signs_in()
    assert eva.ask("GET", "/v1/me")[1]["name"] == "Eva"
    assert [one["name"] for one in eva.ask("GET", "/v1/me/organizations")[1]["items"]] == ["Otra"]
