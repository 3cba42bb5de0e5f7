"""Who gets which letter, and what a crash, a busy world or a bad address does to it."""

import dataclasses
import itertools
import uuid

import pytest

from chalicelib.errors import AddressRefused, CloudBusy, DatabaseBusy, PlatformError
from chalicelib.mail.letters import KINDS
from chalicelib.mail.sending import ATTEMPTS_MAX, LEASE_S, send_letters
from tests.fakes_mail import InvitationLinks, Letters, Mailer, Tokens
from tests.mail.world import ANA, body, letter, office


def send(letters, the_office, *, times=100):
    left = iter(range(times))
    return dict(send_letters(letters, the_office, may_go_on=lambda: next(left, None) is not None))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leaves_once_and_is_gone(kind):
    letters, mailer = Letters(letter(kind, email=ANA.email)), Mailer()
    assert send(letters, office(mailer=mailer)) == {"sent": 1}
    assert letters.waiting == []
    assert len(mailer.sent) == 1


def test_an_unknown_address_that_signs_up_gets_a_link_with_all_it_wished_for():
    mailer, tokens = Mailer(), Tokens()
    send(Letters(letter("sign_up", "es")), office(mailer=mailer, tokens=tokens))
    [(token, (purpose, kept))] = tokens.kept.items()
    assert purpose == "sign_up"
    assert kept == body("sign_up") | {"locale": "es"}
    assert f"https://fragua.test/verify?token={token}" in mailer.sent[0].text


def test_a_known_address_that_signs_up_is_told_so_in_its_own_language_and_gets_no_account():
    mailer, tokens = Mailer(), Tokens()
    asked = letter("sign_up", "en", email=ANA.email)
    send(Letters(asked), office(mailer=mailer, tokens=tokens))
    assert mailer.sent[0].subject == "Ya tienes una cuenta en Fragua"
    assert list(tokens.kept.values()) == [("password_reset", {"user_id": str(ANA.user_id)})]


def test_an_unknown_address_that_forgot_its_password_gets_nothing():
    mailer, tokens, letters = Mailer(), Tokens(), Letters(letter("password_reset"))
    assert send(letters, office(mailer=mailer, tokens=tokens)) == {"nobody": 1}
    assert (mailer.sent, tokens.kept, letters.waiting) == ([], {}, [])


def test_a_letter_to_a_person_goes_to_the_address_they_have_now():
    moved, mailer = dataclasses.replace(ANA, email="new@example.com"), Mailer()
    send(Letters(letter("password_changed")), office(people=(moved,), mailer=mailer))
    assert mailer.sent[0].to == "new@example.com"


def test_a_person_who_is_gone_gets_nothing():
    assert send(Letters(letter("password_changed")), office(people=())) == {"nobody": 1}


def test_an_invitation_that_was_taken_back_meanwhile_is_not_sent():
    mailer, letters = Mailer(), Letters(letter("invitation"))
    the_office = office(mailer=mailer, invitations=InvitationLinks(are_open=False))
    assert send(letters, the_office) == {"too_late": 1}
    assert (mailer.sent, letters.waiting) == ([], [])


def test_an_address_the_mail_service_refuses_is_given_up_at_once():
    letters = Letters(letter("sign_up"))
    assert send(letters, office(mailer=Mailer(AddressRefused()))) == {"given_up": 1}
    assert letters.waiting == []


def test_a_letter_with_a_faulty_body_is_given_up():
    broken = dataclasses.replace(letter("sign_up"), body={"email": "a@example.com"})
    assert send(Letters(broken), office()) == {"given_up": 1}


def test_a_busy_mail_service_is_left_alone_and_costs_the_other_letters_no_attempt():
    letters = Letters(letter("sign_up"), letter("sign_up"))
    assert send(letters, office(mailer=Mailer(CloudBusy()))) == {"waits": 1}
    assert sorted(one.attempts for one in letters.waiting) == [0, 1]


def test_our_own_fault_with_one_letter_does_not_keep_the_others():
    letters, mailer = Letters(letter("sign_up"), letter("sign_up")), Mailer(PlatformError())
    assert send(letters, office(mailer=mailer)) == {"waits": 1, "sent": 1}


def test_each_attempt_waits_twice_as_long_until_it_is_given_up():
    letters, mailer = Letters(letter("sign_up")), Mailer(*[CloudBusy()] * 100)
    tried = []
    while letters.waiting:
        letters.now += 1
        if send(letters, office(mailer=mailer)):
            tried.append(letters.now)
    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert pauses == [LEASE_S * 2 ** min(n, 6) for n in range(ATTEMPTS_MAX)]
    assert mailer.sent == []


def test_no_letter_is_begun_when_time_is_up():
    letters = Letters(letter("sign_up"))
    assert send(letters, office(), times=0) == {}
    assert letters.waiting[0].attempts == 0


class Crash(BaseException):
    """The process is gone: nobody catches it."""


def crashing(method, *, after):
    def act(*args, **kwargs):
        if not after:
            raise Crash
        method(*args, **kwargs)
        raise Crash

    return act


@pytest.mark.parametrize("step", ["mint", "send", "done"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_step_sends_the_letter_at_least_once_and_its_link_is_good(step, after):
    letters, mailer, tokens = Letters(letter("sign_up")), Mailer(), Tokens()
    owner = {"mint": tokens, "send": mailer, "done": letters}[step]
    whole = getattr(owner, step)
    setattr(owner, step, crashing(whole, after=after))
    with pytest.raises(Crash):
        send(letters, office(mailer=mailer, tokens=tokens))
    setattr(owner, step, whole)
    letters.now += LEASE_S
    send(letters, office(mailer=mailer, tokens=tokens))
    assert letters.waiting == []
    assert 1 <= len(mailer.sent) <= 2
    for message in mailer.sent:
        assert sum(token in message.text for token in tokens.kept) == 1


def test_what_is_logged_names_no_address_and_no_token(caplog):
    faults = (
        CloudBusy("SES is busy"),
        PlatformError("SES refused"),
        AddressRefused("SES takes no mail"),
    )
    for failing in faults:
        tokens = Tokens()
        send(Letters(letter("sign_up")), office(mailer=Mailer(failing), tokens=tokens))
        logged = str([vars(record) for record in caplog.records])
        assert "letter_" in logged
        assert "SES" in logged
        assert "@" not in logged
        assert not any(token in logged for token in tokens.kept)


def test_a_database_that_is_away_ends_the_round():
    class Gone:
        def by_email(self, email):
            raise DatabaseBusy

    letters = Letters(letter("sign_up", email=f"{uuid.uuid4().hex}@example.com"))
    the_office = dataclasses.replace(office(), addressees=Gone())
    assert send(letters, the_office) == {"waits": 1}
