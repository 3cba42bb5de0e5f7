"""Letters between the request that posts them and the Lambda that sends them, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from chalicelib.adapters.addressees import PostgresAddressees
from chalicelib.adapters.database import Database
from chalicelib.adapters.invitation_links import PostgresInvitationLinks
from chalicelib.adapters.one_time_tokens import OneTimeTokens, digest
from chalicelib.adapters.outbox import Outbox
from chalicelib.errors import DatabaseBusy, PlatformError
from chalicelib.mail.sending import Message, Office, send_letters
from tests.database.world import Platform

FORGOTTEN = {"email": "ana@example.com"}
WISH = {
    "email": "luis@example.com",
    "name": "Luis",
    "organization_name": "Clínica Sonrisa",
}
LEASE_S = 60


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def mailer() -> RealEnoughMailer:
    return RealEnoughMailer()


@pytest.fixture
def office(database: Database, mailer: RealEnoughMailer) -> Office:
    return Office(
        addressees=PostgresAddressees(database),
        tokens=OneTimeTokens(database),
        invitations=PostgresInvitationLinks(database),
        mailer=mailer,
        public_url="https://fragua.test",
    )


class RealEnoughMailer:
    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def send(self, message: Message) -> None:
        self.before()
        self.sent.append(message)
        self.after()


class Crash(BaseException):
    """The process is gone."""


def crash() -> None:
    raise Crash


def waiting(platform: Platform) -> list[tuple[Any, ...]]:
    with platform.admin() as connection:
        query = "select id, kind, attempts from platform.outbox order by created_at"
        return connection.execute(query).fetchall()


def lease_runs_out(platform: Platform) -> None:
    with platform.admin() as connection:
        connection.execute("update platform.outbox set due_at = now()")


def send(outbox: Outbox, office: Office) -> Counter[str]:
    return send_letters(outbox, office, may_go_on=lambda: True)


# posting


def test_a_letter_posted_twice_under_one_id_waits_once(outbox: Outbox, platform: Platform) -> None:
    letter = uuid4()
    for _ in range(2):
        outbox.post("password_reset", FORGOTTEN, "es", id=letter)
    assert waiting(platform) == [(letter, "password_reset", 0)]


def test_a_letter_posted_inside_a_unit_that_fails_was_never_posted(
    outbox: Outbox, platform: Platform, database: Database
) -> None:
    def post_and_fail() -> None:
        with database.unit(uuid4()):
            outbox.post("password_reset", FORGOTTEN, "es")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post_and_fail()
    assert waiting(platform) == []


def test_a_letter_posted_with_a_session_shares_its_fate(
    outbox: Outbox, platform: Platform, database: Database
) -> None:
    def post_and_fail() -> None:
        with database.person_session(uuid4()) as session:
            outbox.post("password_reset", FORGOTTEN, "es", session=session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post_and_fail()
    assert waiting(platform) == []


def test_what_is_to_be_done_after_a_unit_waits_for_its_commit(
    outbox: Outbox, platform: Platform, database: Database
) -> None:
    seen: list[int] = []
    with database.unit(uuid4()) as unit:
        outbox.post("password_reset", FORGOTTEN, "es")
        unit.afterwards(lambda: seen.append(len(waiting(platform))))
        assert seen == []
    assert seen == [1]


def test_what_is_to_be_done_after_a_unit_that_fails_is_not_done(database: Database) -> None:
    seen: list[int] = []

    def begin_and_fail() -> None:
        with database.unit(uuid4()) as unit:
            unit.afterwards(lambda: seen.append(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin_and_fail()
    assert seen == []


def test_ids_and_times_are_kept_as_text_and_what_is_unknown_is_left_out(outbox: Outbox) -> None:
    at, person = datetime(2026, 11, 3, tzinfo=UTC), uuid4()
    outbox.post("new_sign_in", {"user_id": person, "at": at, "ip": None, "user_agent": ""}, "en")
    taken = outbox.take(LEASE_S)
    assert taken
    assert taken.body == {"user_id": str(person), "at": "2026-11-03T00:00:00+00:00"}


def test_a_letter_that_could_never_be_sent_is_not_posted(
    outbox: Outbox, platform: Platform
) -> None:
    with pytest.raises(PlatformError, match="organization_name"):
        outbox.post("sign_up", FORGOTTEN, "es")
    assert waiting(platform) == []


def test_the_app_role_can_not_look_into_the_outbox(outbox: Outbox, platform: Platform) -> None:
    outbox.post("password_reset", FORGOTTEN, "es")
    for query in ("select * from platform.outbox", "delete from platform.outbox"):
        with platform.app() as connection, pytest.raises(InsufficientPrivilege):
            connection.execute(query)  # type: ignore[call-overload]


# taking


def test_a_letter_that_was_taken_is_not_taken_again_before_its_lease_is_over(
    outbox: Outbox, platform: Platform
) -> None:
    outbox.post("password_reset", FORGOTTEN, "es")
    assert outbox.take(LEASE_S)
    assert outbox.take(LEASE_S) is None
    lease_runs_out(platform)
    again = outbox.take(LEASE_S)
    assert again
    assert again.attempts == 2


def test_each_attempt_doubles_the_lease_up_to_64_times(outbox: Outbox, platform: Platform) -> None:
    outbox.post("password_reset", FORGOTTEN, "es")
    leases = []
    for _ in range(9):
        outbox.take(LEASE_S)
        with platform.admin() as connection:
            row = connection.execute("select due_at - now() from platform.outbox").fetchone()
        leases.append(round((row[0] if row else timedelta()) / timedelta(seconds=LEASE_S)))
        lease_runs_out(platform)
    assert leases == [1, 2, 4, 8, 16, 32, 64, 64, 64]


def test_who_waited_longest_comes_first(outbox: Outbox) -> None:
    for kind in ("password_reset", "already_known"):
        outbox.post(kind, FORGOTTEN, "es")
    taken = [outbox.take(LEASE_S), outbox.take(LEASE_S)]
    assert [letter.kind for letter in taken if letter] == ["password_reset", "already_known"]


def test_a_letter_another_is_taking_is_passed_over_and_not_waited_for(
    outbox: Outbox, platform: Platform
) -> None:
    outbox.post("password_reset", FORGOTTEN, "es")
    with psycopg.connect(platform.app_dsn) as other:
        other.execute("select id from platform.take_letters(1, 60)")
        assert outbox.take(LEASE_S) is None
        other.rollback()
    assert outbox.take(LEASE_S)


def test_two_who_send_at_the_same_time_send_each_letter_once(
    outbox: Outbox, platform: Platform
) -> None:
    for number in range(40):
        outbox.post("sign_up", WISH | {"email": f"a{number}@example.com"}, "es")
    mailers = [RealEnoughMailer(), RealEnoughMailer()]
    together = threading.Barrier(2)

    def work(mailer: RealEnoughMailer) -> None:
        database = Database(platform.app_dsn)
        office = Office(
            addressees=PostgresAddressees(database),
            tokens=OneTimeTokens(database),
            invitations=PostgresInvitationLinks(database),
            mailer=mailer,
            public_url="https://fragua.test",
        )
        together.wait()
        send(Outbox(database), office)
        database.close()

    threads = [threading.Thread(target=work, args=[mailer]) for mailer in mailers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = Counter(message.to for mailer in mailers for message in mailer.sent)
    assert len(sent) == 40
    assert set(sent.values()) == {1}
    assert all(mailer.sent for mailer in mailers)
    assert waiting(platform) == []


# sending


def tokens_kept(platform: Platform) -> dict[str, dict[str, Any]]:
    with platform.admin() as connection:
        query = "select token_sha256, body from platform.one_time_tokens"
        return dict(connection.execute(query).fetchall())


def token_in(message: Message) -> str:
    return message.text.partition("?token=")[2].split()[0]


@pytest.mark.parametrize("step", ["before", "after", "done"])
def test_a_crash_around_the_sending_sends_the_letter_at_least_once_with_a_link_that_is_good(
    step: str,
    outbox: Outbox,
    office: Office,
    mailer: RealEnoughMailer,
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outbox.post("sign_up", WISH, "es")
    with monkeypatch.context() as patch:
        if step == "done":
            patch.setattr(outbox, "done", lambda _id: crash())
        else:
            patch.setattr(mailer, step, crash)
        with pytest.raises(Crash):
            send(outbox, office)
    assert send(outbox, office) == {}
    lease_runs_out(platform)
    assert send(outbox, office) == {"sent": 1}
    assert waiting(platform) == []
    assert 1 <= len(mailer.sent) <= 2
    kept = tokens_kept(platform)
    for message in mailer.sent:
        assert kept[digest(token_in(message))] == WISH | {"locale": "es"}


def test_no_token_is_in_the_database_in_the_clear(
    outbox: Outbox, office: Office, mailer: RealEnoughMailer, platform: Platform
) -> None:
    outbox.post("sign_up", WISH, "es")
    mailer.after = crash
    with pytest.raises(Crash):
        send(outbox, office)
    with platform.admin() as connection:
        everything = connection.execute(
            "select (select json_agg(o) from platform.outbox o)::text || (select json_agg(t) from platform.one_time_tokens t)::text"
        ).fetchone()
    assert everything
    assert digest(token_in(mailer.sent[0])) in everything[0]
    assert token_in(mailer.sent[0]) not in everything[0]


def test_a_known_address_gets_another_letter_than_it_asked_for(
    outbox: Outbox, office: Office, mailer: RealEnoughMailer, platform: Platform
) -> None:
    person = somebody(platform, WISH["email"], name="Luisa", locale="en")
    outbox.post("sign_up", WISH, "es")
    assert send(outbox, office) == {"sent": 1}
    assert mailer.sent[0].subject == "You already have an account at Fragua"
    assert "Hello Luisa" in mailer.sent[0].text
    assert list(tokens_kept(platform).values()) == [{"user_id": str(person)}]


def test_an_unknown_address_that_forgot_its_password_leaves_no_trace(
    outbox: Outbox, office: Office, mailer: RealEnoughMailer, platform: Platform
) -> None:
    outbox.post("password_reset", FORGOTTEN, "es")
    assert send(outbox, office) == {"nobody": 1}
    assert (mailer.sent, tokens_kept(platform), waiting(platform)) == ([], {}, [])


def test_a_person_is_written_to_at_the_address_they_have_now(
    outbox: Outbox, office: Office, mailer: RealEnoughMailer, platform: Platform
) -> None:
    person = somebody(platform, "ana@example.com", name="Ana", locale="es")
    outbox.post("password_changed", {"user_id": person, "at": datetime.now(UTC)}, "en")
    with platform.admin() as connection:
        connection.execute("update platform.users set email = 'new@example.com'")
    assert send(outbox, office) == {"sent": 1}
    assert mailer.sent[0].to == "new@example.com"
    assert "Hola, Ana" in mailer.sent[0].text


def test_a_database_that_goes_away_in_the_middle_leaves_the_letter_waiting(
    outbox: Outbox, office: Office, mailer: RealEnoughMailer, platform: Platform
) -> None:
    outbox.post("sign_up", WISH, "es")

    def cut() -> None:
        raise DatabaseBusy

    mailer.before = cut
    assert send(outbox, office) == {"waits": 1}
    assert [attempts for _, _, attempts in waiting(platform)] == [1]


def somebody(platform: Platform, email: str, *, name: str, locale: str) -> UUID:
    person = uuid4()
    with platform.admin() as connection:
        connection.execute(
            "insert into platform.users (id, email, name, locale) values (%s, %s, %s, %s)",
            [person, email, name, locale],
        )
        connection.execute(
            "insert into platform.identity_routes (identity, user_id) values (%s, %s)",
            [f"email:{email}", person],
        )
    return person
