"""Signing up and in at the door, and passwords: what is told, what is not, and to whom."""

from __future__ import annotations

import json

import pytest

from chalicelib.errors import CloudBusy
from tests.fakes_people import CountedPasswords
from tests.people import ANOTHER, EMAIL, PASSWORD, Somebody, ana, somebody

__all__ = ["ana", "somebody"]

STRANGER = "nobody@example.org"


def slug(told):
    return told["type"].rpartition(":")[2]


# ---- signing up ----


def test_from_sign_up_to_a_first_request(somebody, world):
    assert somebody.signs_up()[0] == 202
    status, verified = somebody.opens_the_link()
    assert (status, verified["email"], verified["organization_name"]) == (
        200,
        EMAIL,
        "Clínica Sonrisa",
    )
    status, signed_in = somebody.signs_in()
    assert (status, signed_in["role"]) == (200, "owner")
    assert [one["name"] for one in signed_in["organizations"]] == ["Clínica Sonrisa"]
    assert somebody.ask("GET", "/v1/apps")[0] == 200


def test_signing_up_answers_the_same_for_a_known_address(ana, world):
    other = Somebody(ana._api, world)
    known, unknown = other.signs_up(), other.signs_up(email=STRANGER)
    assert known == unknown
    assert [letter.kind for letter in world.outbox.of("sign_up")] == ["sign_up"] * 3
    assert world.people.asked.count(STRANGER) == 0


def test_nobody_exists_before_the_link_is_opened(somebody, world):
    somebody.signs_up()
    assert not world.people.accounts
    assert somebody.signs_in()[0] == 401


def test_the_letter_holds_what_was_wished_and_nothing_to_sign_in_with(somebody, world):
    somebody.signs_up()
    (letter,) = world.outbox.of("sign_up")
    assert set(letter.body) == {"email", "name", "organization_name"}
    assert world.jobs.put_jobs == [("mail", {})]


def test_a_repeated_sign_up_posts_one_letter(somebody, world):
    body = {"email": EMAIL, "name": "Ana", "organization": "Clínica"}
    for _ in range(2):
        headers = {"Idempotency-Key": "the same"}
        assert (
            somebody.ask("POST", "/v1/auth/sign-up", body, signed_in=False, headers=headers)[0]
            == 202
        )
    assert len(world.outbox.of("sign_up")) == 1


def test_a_link_opened_twice_is_refused_clearly(somebody, world):
    somebody.signs_up()
    token = world.postman.link("sign_up")
    sent = ("POST", "/v1/auth/email/verify", {"token": token, "password": PASSWORD})
    assert somebody.ask(*sent, signed_in=False)[0] == 200
    status, told = somebody.ask(*sent, signed_in=False)
    assert (status, slug(told)) == (410, "link-expired")


def test_whoever_opens_a_link_chooses_the_password_whoever_asked_for_it(somebody, world):
    stranger = Somebody(somebody._api, world)
    stranger.signs_up()
    somebody.password = ANOTHER
    assert somebody.opens_the_link()[0] == 200
    assert stranger.signs_in()[0] == 401
    assert somebody.signs_in()[0] == 200


def test_a_link_that_never_was_is_refused_in_the_same_words(somebody, world):
    somebody.signs_up()
    somebody.opens_the_link()
    used = somebody.ask(
        "POST",
        "/v1/auth/email/verify",
        {"token": "never was", "password": PASSWORD},
        signed_in=False,
    )
    assert (
        used[1]["detail"]
        == "This link was used already, is too old, or never was one. Ask for a new one."
    )


def test_of_two_sign_ups_of_one_address_the_second_to_verify_is_told(somebody, world):
    somebody.signs_up()
    first = world.postman.link("sign_up")
    somebody.signs_up(organization="Another")
    second = world.postman.link("sign_up")
    verify = "/v1/auth/email/verify"
    assert (
        somebody.ask("POST", verify, {"token": first, "password": PASSWORD}, signed_in=False)[0]
        == 200
    )
    status, told = somebody.ask(
        "POST", verify, {"token": second, "password": PASSWORD}, signed_in=False
    )
    assert (status, slug(told)) == (409, "conflict")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("too short", "fewer than 12"),
        ("x" * 129, "more than 128"),
        ("Password1234!", "everybody uses"),
        ("dragondragon", "everybody uses"),
        ("Clínica Sonrisa", "try first"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(somebody, world, password, reason):
    somebody.signs_up()
    somebody.password = password
    status, told = somebody.opens_the_link()
    assert (status, told["errors"][0]["path"]) == (422, "body.password")
    assert reason in told["errors"][0]["message"]
    assert password not in json.dumps(told)
    assert not world.people.accounts
    somebody.password = PASSWORD
    assert somebody.opens_the_link()[0] == 200, "the link is still good"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("email", "Ana <ana@example.org>"),
        ("email", "аna@example.org"),
        ("email", "ana@localhost"),
        ("name", "Ana\u202eznA"),
        ("organization", "\u200b"),
        ("locale", "fr"),
        ("admin", True),
    ],
)
def test_what_is_malformed_is_named(somebody, member, value):
    status, told = somebody.signs_up(**{member: value})
    assert (status, told["errors"][0]["path"]) == (422, f"body.{member}")


def test_spaces_around_a_password_belong_to_it(somebody):
    somebody.password = f" {PASSWORD} "
    somebody.signs_up()
    somebody.opens_the_link()
    assert somebody.signs_in()[0] == 200
    assert somebody.signs_in(password=PASSWORD)[0] == 401


def test_a_mailbox_gets_a_few_letters_and_the_answer_stays_the_same(somebody, world):
    answers = [somebody.signs_up() for _ in range(8)]
    assert answers == [answers[0]] * 8
    assert len(world.outbox.of("sign_up")) == 5


# ---- signing in ----


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(ana, world):
    world.passwords.verified = 0
    wrong = ana.signs_in(password=ANOTHER, device=None)
    assert world.passwords.verified == 1
    unknown = ana.signs_in(email=STRANGER, password=ANOTHER, device=None)
    assert world.passwords.verified == 2
    assert wrong == unknown
    assert wrong[0] == 401


def test_a_good_sign_in_verifies_once_as_well(ana, world):
    world.passwords.verified = 0
    ana.signs_in()
    assert world.passwords.verified == 1


def test_a_failed_sign_in_leaves_no_letter_and_no_session(ana, world):
    before = dict(world.outbox.letters)
    sessions = len(world.sessions.sessions_of(next(iter(world.people.accounts))))
    ana.signs_in(password=ANOTHER, device=None)
    ana.signs_in(email=STRANGER, device=None)
    assert world.outbox.letters == before
    assert len(world.sessions.sessions_of(next(iter(world.people.accounts)))) == sessions


def test_a_new_device_is_told_by_letter_and_a_known_one_is_not(ana, world):
    assert not world.outbox.of("new_sign_in")
    ana.signs_in(device=None)
    assert len(world.outbox.of("new_sign_in")) == 1
    ana.signs_in()
    assert len(world.outbox.of("new_sign_in")) == 1


def test_whoever_guesses_locks_out_strangers_and_not_the_owner(ana):
    thief = [ana.signs_in(password=f"guess number {n} of many", device=None)[0] for n in range(12)]
    assert thief == [401] * 10 + [429] * 2
    assert ana.signs_in()[0] == 200


def test_a_locked_out_owner_gets_in_by_their_mailbox(ana):
    for _ in range(11):
        ana.signs_in(password=ANOTHER, device=None)
    assert ana.signs_in(device=None)[0] == 429
    assert ana.forgets()[0] == 202
    status, told = ana.resets()
    assert status == 200
    assert ana.signs_in(password=ANOTHER, device=told["device"])[0] == 200


def test_an_unknown_address_is_locked_out_like_a_known_one(somebody):
    told = [somebody.signs_in(email=STRANGER) for _ in range(12)]
    assert [status for status, _ in told] == [401] * 10 + [429] * 2
    assert told[-1][1]["retry_after_s"] > 0


def test_a_device_of_one_account_is_nothing_to_another(ana, world):
    other = Somebody(ana._api, world)
    other.email = "eva@example.org"
    other.signs_up()
    other.opens_the_link()
    other.signs_in(device=ana.device)
    assert len(world.outbox.of("new_sign_in")) == 1


def test_a_password_kept_at_another_cost_is_hashed_anew(ana, world):
    (user_id,) = world.people.accounts
    before = world.people.accounts[user_id].password_hash
    world.passwords = CountedPasswords(rounds=2)
    assert ana.signs_in()[0] == 200
    assert world.people.accounts[user_id].password_hash != before
    assert ana.signs_in()[0] == 200


def test_somebody_signs_in_where_they_are_a_member_only(ana, world):
    import uuid

    (user_id,) = world.people.accounts
    elsewhere = uuid.uuid4()
    world.people.enroll(user_id, elsewhere, "Elsewhere", "viewer")
    assert ana.signs_in(organization_id=str(elsewhere))[1]["role"] == "viewer"
    assert ana.signs_in(organization_id=str(uuid.uuid4()))[0] == 404


# ---- the second factor ----


@pytest.fixture
def challenge(ana):
    ana.recovery_codes = ana.turns_on_the_second_factor()
    status, told = ana.signs_in()
    assert (status, slug(told)) == (401, "second-factor-required")
    return told["challenge"]


def test_a_code_answers_the_challenge(ana, challenge):
    status, told = ana.answers(challenge, code=ana.code())
    assert (status, told["role"]) == (200, "owner")


def test_a_code_does_not_count_twice(ana, challenge):
    code = ana.code()
    assert ana.answers(challenge, code=code)[0] == 200
    assert ana.answers(challenge, code=code)[0] == 401


def test_a_code_of_the_step_before_counts_until_a_later_one_did(ana, challenge):
    assert ana.answers(challenge, code=ana.code(1))[0] == 200
    assert ana.answers(challenge, code=ana.code())[0] == 401


def test_a_recovery_code_counts_once_and_is_told_by_letter(ana, world, challenge):
    code = ana.recovery_codes[0].upper().replace("-", " ")
    assert ana.answers(challenge, recovery_code=code)[0] == 200
    assert ana.answers(challenge, recovery_code=code)[0] == 401
    changes = [letter.body["change"] for letter in world.outbox.of("second_factor_changed")]
    assert changes == ["enabled", "code_used"]


def test_a_challenge_opens_no_other_door(ana, challenge):
    ana.tokens = {"access_token": challenge}
    assert ana.ask("GET", "/v1/me")[0] == 401


def test_an_access_token_and_a_device_are_no_challenge(ana, challenge):
    for text in (ana.tokens["access_token"], ana.device, "x"):
        assert ana.answers(text[:1000], code=ana.code())[0] == 401


def test_a_challenge_ends_with_the_password_it_was_given_for(ana, challenge):
    ana.changes_the_password()
    assert ana.answers(challenge, code=ana.code())[0] == 401


def test_a_challenge_lives_five_minutes(ana, challenge, world, monkeypatch):
    from datetime import UTC, datetime, timedelta

    from chalicelib.http import auth

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) + timedelta(seconds=301)

    monkeypatch.setattr(auth, "datetime", Later)
    assert ana.answers(challenge, recovery_code=ana.recovery_codes[0])[0] == 401


def test_codes_can_be_guessed_ten_times_an_hour(ana, challenge):
    guessed = [ana.answers(challenge, code="000000")[0] for _ in range(11)]
    assert guessed == [401] * 10 + [429]


@pytest.mark.parametrize("proof", [{}, {"code": "123456", "recovery_code": "a" * 28}])
def test_exactly_one_proof_is_sent(ana, challenge, proof):
    assert ana.answers(challenge, **proof)[0] == 422


# ---- passwords ----


def test_forgetting_answers_the_same_for_an_unknown_address(ana, world):
    known = ana.forgets()
    ana.email = STRANGER
    assert ana.forgets() == known
    assert len(world.outbox.of("password_reset")) == 2


def test_a_reset_ends_every_session_and_the_link(ana, world):
    ana.forgets()
    token = world.postman.link("password_reset")
    assert ana.resets(token)[0] == 200
    assert ana.ask("GET", "/v1/me")[0] == 401
    assert ana.resets(token, password="yet another one entirely")[0] == 410
    assert len(world.outbox.of("password_changed")) == 1
    assert ana.signs_in()[0] == 401
    assert ana.signs_in(password=ANOTHER)[0] == 200


def test_a_change_ends_the_links_that_were_sent_before(ana, world):
    ana.forgets()
    token = world.postman.link("password_reset")
    ana.changes_the_password()
    assert ana.resets(token)[0] == 410


def test_a_weak_password_leaves_the_link_good(ana, world):
    ana.forgets()
    token = world.postman.link("password_reset")
    assert ana.resets(token, password="password1234")[0] == 422
    assert ana.resets(token)[0] == 200


def test_a_reset_does_not_get_around_the_second_factor(ana):
    ana.turns_on_the_second_factor()
    ana.forgets()
    assert ana.resets()[0] == 200
    ana.password = ANOTHER
    status, told = ana.signs_in()
    assert (status, slug(told)) == (401, "second-factor-required")


def test_a_link_of_a_sign_up_resets_no_password(somebody, world):
    somebody.signs_up()
    assert somebody.resets(world.postman.link("sign_up"))[0] == 410


def test_a_change_keeps_who_asks_and_ends_all_others(ana, world):
    elsewhere = Somebody(ana._api, world)
    elsewhere.signs_in()
    before = ana.tokens["access_token"]
    assert ana.changes_the_password()[0] == 200
    assert ana.ask("GET", "/v1/me")[0] == 200
    assert elsewhere.ask("GET", "/v1/me")[0] == 401
    ana.tokens = {"access_token": before}
    assert ana.ask("GET", "/v1/me")[0] == 401


def test_a_change_takes_the_current_password(ana):
    status, told = ana.changes_the_password(current="not the one I have")
    assert (status, slug(told)) == (403, "forbidden")
    assert ana.signs_in()[0] == 200


def test_a_stolen_session_guesses_ten_times_and_the_owner_is_not_kept_out(ana, world):
    thief = Somebody(ana._api, world)
    thief.tokens = dict(ana.tokens)
    guessed = [thief.changes_the_password(current=f"a guess, number {n}")[0] for n in range(11)]
    assert guessed == [403] * 10 + [429]
    ana.signs_in()
    assert ana.changes_the_password()[0] == 200


# ---- when the world is away ----


def test_without_sessions_nobody_signs_in_and_nothing_is_told(ana, world):
    world.sessions.broken = CloudBusy("away")
    status, told = ana.signs_in(device=None)
    assert (status, slug(told)) == (503, "cloud-busy")
    assert not world.outbox.of("new_sign_in")
    world.sessions.broken = None
    assert ana.signs_in()[0] == 200


def test_a_reset_takes_effect_while_the_session_table_is_away(ana, world):
    ana.forgets()
    world.sessions.broken = CloudBusy("away")
    assert ana.resets()[0] == 200
    world.sessions.broken = None
    assert ana.ask("GET", "/v1/me")[0] == 401
    assert ana.signs_in(password=ANOTHER)[0] == 200


def test_somebody_in_no_organization_signs_in_all_the_same(ana, world):
    world.people.organizations.clear()
    world.standings.roles.clear()
    status, told = ana.signs_in()
    assert (status, told["organization_id"], told["role"]) == (200, None, None)
    assert ana.ask("GET", "/v1/me")[1]["organization_id"] is None
    assert ana.ask("GET", "/v1/apps")[0] == 403
