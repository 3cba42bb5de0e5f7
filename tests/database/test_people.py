"""People on a real PostgreSQL: from a sign-up to a session, whole or not at all, and once however many ask at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pyotp
import pytest

from chalicelib.adapters.addressees import PostgresAddressees
from chalicelib.adapters.credential_store import PostgresCredentials
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.one_time_tokens import OneTimeTokens
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.person_store import PostgresPeople
from chalicelib.adapters.standing_store import PostgresStandings
from chalicelib.errors import Conflict, LinkExpired, Unauthenticated
from chalicelib.identity import new_password, second_factor, sign_in, sign_up
from chalicelib.identity.people import Account, Joined
from chalicelib.identity.second_factor import Proof
from chalicelib.identity.sessions import Tokens
from chalicelib.mail.sending import Office, send_letters
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from tests.database.world import Platform
from tests.fakes_mail import InvitationLinks, Mailer
from tests.fakes_people import CountedPasswords
from tests.fakes_sessions import Sessions, identity_keys

EMAIL = "ana@example.org"
PASSWORD = "correct horse battery staple"
ANOTHER = "four other words entirely"
MADE = (
    "users",
    "person_credentials",
    "identity_routes",
    "organizations",
    "memberships",
    "person_organizations",
    "audit_log",
)


class Desk:
    """Everything a person meets, on one database."""

    def __init__(self, database: Database) -> None:
        self.database, self.outbox = database, Outbox(database)
        self.people = PostgresPeople(database)
        self.credentials = PostgresCredentials(database, self.outbox)
        self.standings = PostgresStandings(database)
        self.tokens = OneTimeTokens(database)
        self.organizations = PostgresOrganizationStore(database)
        self.sessions, self.limits = Sessions(), LimitsInProcess()
        self.keys, self.passwords, self.mailer = identity_keys(), CountedPasswords(), Mailer()

    def post_sign_up(self, **changed: str) -> None:
        told: dict[str, Any] = {
            "email": EMAIL,
            "name": "Ana",
            "organization_name": "Clínica Sonrisa",
            "locale": "es",
        }
        sign_up.sign_up(
            sign_up.Wish(**told | changed),
            ip=None,
            idempotency_key="",
            outbox=self.outbox,
            limits=self.limits,
            now=datetime.now(UTC),
        )

    def letters(self) -> list[str]:
        """The tokens in those that leave now; empty where a letter has none."""
        before = len(self.mailer.sent)
        office = Office(
            addressees=PostgresAddressees(self.database),
            tokens=self.tokens,
            invitations=InvitationLinks(),
            mailer=self.mailer,
            public_url="https://fragua.test",
        )
        send_letters(self.outbox, office, may_go_on=lambda: True)
        found = [re.search(r"token=([\w-]+)", one.text) for one in self.mailer.sent[before:]]
        return [one[1] if one else "" for one in found]

    def join(self) -> Joined:
        self.post_sign_up()
        return self.opened(self.letters()[0])

    def opened(self, token: str) -> Joined:
        return sign_up.open_link(
            token, PASSWORD, language="en", people=self.people, passwords=self.passwords
        )

    def by_password(self, password: str = PASSWORD) -> sign_in.Entering:
        return sign_in.by_password(
            EMAIL,
            password,
            device=None,
            organization_id=None,
            people=self.people,
            credentials=self.credentials,
            passwords=self.passwords,
            limits=self.limits,
            keys=self.keys,
            now=datetime.now(UTC),
        )

    def enter(self, entering: sign_in.Entering) -> Tokens:
        return sign_in.enter(
            entering,
            organizations=self.organizations,
            sessions_store=self.sessions,
            standings=self.standings,
            outbox=self.outbox,
            keys=self.keys,
            issuer="https://fragua.test",
        ).tokens

    def reset(
        self,
        token: str,
        password: str = ANOTHER,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> str:
        return new_password.reset(
            token,
            password,
            language="en",
            credentials=self.credentials,
            passwords=self.passwords,
            sessions_store=self.sessions,
            standings=self.standings,
            keys=self.keys,
            clock=clock,
        )

    def with_second_factor(self) -> tuple[Account, list[str], str]:
        """The account, its recovery codes, the secret."""
        account = self.people.account(self.join().user_id)
        begun = second_factor.begin(account, factors=self.credentials, sealer=self.keys.sealer)
        now_s = time.time() - 60
        codes = second_factor.confirm(
            self.people.account(account.user_id),
            pyotp.TOTP(begun.secret).at(int(now_s)),
            factors=self.credentials,
            sealer=self.keys.sealer,
            now_s=now_s,
        )
        return self.people.account(account.user_id), codes.recovery_codes, begun.secret


@pytest.fixture
def office(database: Database) -> Desk:
    return Desk(database)


def rows(platform: Platform, *tables: str) -> dict[str, int]:
    with platform.admin() as connection:
        counted = {}
        for table in tables:
            found = connection.execute(f"select count(*) from platform.{table}").fetchone()  # type: ignore[arg-type]
            counted[table] = found[0] if found else 0
    return counted


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each answered, or the error it raised; all of them begin together."""
    barrier = Barrier(len(tasks))

    def begin(task: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return task()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(begin, tasks))


# ---- from a sign-up to a session ----


def test_from_sign_up_to_a_session(office: Desk) -> None:
    joined = office.join()
    tokens = office.enter(office.by_password())
    assert (tokens.organization_id, tokens.role) == (joined.organization_id, "owner")
    (mine,) = office.organizations.mine(joined.user_id)
    assert (mine.name, mine.role) == ("Clínica Sonrisa", "owner")


def test_a_sign_up_makes_nothing_until_the_link_is_opened(office: Desk, platform: Platform) -> None:
    office.post_sign_up()
    office.letters()
    assert not any(rows(platform, *MADE).values())


def test_what_is_in_the_database_signs_nobody_in(office: Desk, platform: Platform) -> None:
    office.post_sign_up()
    (token,) = office.letters()
    with platform.admin() as connection:
        kept = str(connection.execute("select * from platform.one_time_tokens").fetchall())
    assert token not in kept
    assert PASSWORD not in kept


def test_the_founding_is_in_the_audit_log_without_a_secret(
    office: Desk, platform: Platform
) -> None:
    joined = office.join()
    with platform.admin() as connection:
        (line,) = connection.execute(
            "select tenant_id, actor, action, facts from platform.audit_log"
        ).fetchall()
    assert line[:3] == (joined.organization_id, f"user:{joined.user_id}", "organization.created")
    assert "argon2" not in str(line[3])


def test_a_known_address_that_signs_up_gets_the_other_letter(office: Desk) -> None:
    office.join()
    office.post_sign_up()
    (token,) = office.letters()
    with pytest.raises(LinkExpired):
        office.opened(token)
    assert office.credentials.whose_link(token).email == EMAIL


def test_an_expired_link_is_over(office: Desk) -> None:
    body = {"email": EMAIL, "name": "Ana", "organization_name": "C", "locale": "es"}
    token = office.tokens.mint("sign_up", body, lives=timedelta(seconds=-1))
    with pytest.raises(LinkExpired):
        office.opened(token)


def test_a_stranger_costs_the_same_statements_as_somebody(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.join()
    seen: list[str] = []
    for name in ("one", "run", "become"):
        original = getattr(Session, name)

        def counted(
            self: Session, *args: Any, _name: str = name, _do: Any = original, **kw: Any
        ) -> Any:
            seen.append(f"{_name} {args[1] if _name == 'one' else args}")
            return _do(self, *args, **kw)

        monkeypatch.setattr(Session, name, counted)
    assert office.people.by_email(EMAIL)
    known, seen[:] = list(seen), []
    assert office.people.by_email("nobody@example.org") is None
    assert seen == known


# ---- crashes ----


class Crash(BaseException):
    """The process is gone."""


@contextmanager
def crashing_before(statement: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Before the nth statement that a store sends, and for n beyond the last one, before the commit."""
    left = [statement]
    with monkeypatch.context() as patched:
        for name in ("one", "all", "run", "become"):
            original = getattr(Session, name)

            def until(self: Session, *args: Any, _do: Any = original, **kw: Any) -> Any:
                left[0] -= 1
                if left[0] == 0:
                    raise Crash
                return _do(self, *args, **kw)

            patched.setattr(Session, name, until)
        yield


def crash_points(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any], check: Callable[[], None]
) -> int:
    """Lets `act` crash before each of its statements in turn, and checks after each. How many there were."""
    for point in range(1, 50):
        try:
            with crashing_before(point, monkeypatch):
                act()
        except Crash:
            check()
        else:
            return point - 1
    raise AssertionError("it never came through")


def test_a_crash_anywhere_in_verifying_leaves_nothing_half_made(
    office: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.post_sign_up()
    (token,) = office.letters()

    def nothing_is_made_and_the_link_is_good() -> None:
        assert not any(rows(platform, *MADE).values())
        assert rows(platform, "one_time_tokens") == {"one_time_tokens": 1}

    points = crash_points(
        monkeypatch, lambda: office.opened(token), nothing_is_made_and_the_link_is_good
    )
    assert points >= 8
    assert rows(platform, *MADE) == dict.fromkeys(MADE, 1)
    assert office.by_password().account.email == EMAIL


def test_a_crash_anywhere_in_a_reset_leaves_password_and_link_as_they_were(
    office: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.join()
    token = office.tokens.mint(
        "password_reset",
        {"user_id": str(office.by_password().account.user_id)},
        lives=timedelta(hours=1),
    )
    fresh = office.passwords.hashed(ANOTHER)

    def all_is_as_it_was() -> None:
        assert office.credentials.whose_link(token).email == EMAIL
        assert rows(platform, "outbox") == {"outbox": 0}
        account = office.people.by_email(EMAIL)
        assert account is not None
        assert office.passwords.is_right(PASSWORD, account.password_hash)

    now = datetime.now(UTC)
    points = crash_points(
        monkeypatch,
        lambda: office.credentials.reset(token, password_hash=fresh, at=now),
        all_is_as_it_was,
    )
    assert points >= 4
    assert rows(platform, "outbox", "one_time_tokens") == {"outbox": 1, "one_time_tokens": 0}


def test_a_crash_anywhere_in_confirming_leaves_no_second_factor_without_recovery_codes(
    office: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = office.people.account(office.join().user_id)
    second_factor.begin(account, factors=office.credentials, sealer=office.keys.sealer)
    account = office.people.account(account.user_id)

    def it_is_not_in_force() -> None:
        assert not office.people.account(account.user_id).has_second_factor
        assert rows(platform, "recovery_codes", "outbox") == {"recovery_codes": 0, "outbox": 0}

    crash_points(
        monkeypatch,
        lambda: office.credentials.confirm(account, 5, [bytes([n]) * 32 for n in range(10)]),
        it_is_not_in_force,
    )
    assert rows(platform, "recovery_codes", "outbox") == {"recovery_codes": 10, "outbox": 1}


# ---- at the same moment ----


def test_of_two_who_open_one_link_at_once_one_joins(office: Desk, platform: Platform) -> None:
    office.post_sign_up()
    (token,) = office.letters()
    answers = at_once(*[lambda: office.opened(token)] * 4)
    assert sorted(type(one).__name__ for one in answers) == ["Joined", *["LinkExpired"] * 3]
    assert rows(platform, *MADE) == dict.fromkeys(MADE, 1)


def test_of_two_sign_ups_of_one_address_the_second_is_refused_clearly(
    office: Desk, platform: Platform
) -> None:
    office.post_sign_up()
    office.post_sign_up(organization_name="Another")
    first, second = office.letters()
    answers = at_once(lambda: office.opened(first), lambda: office.opened(second))
    assert sorted(type(one).__name__ for one in answers) == ["Conflict", "Joined"]
    (refused,) = [one for one in answers if isinstance(one, Conflict)]
    assert "has an account already" in refused.detail
    assert rows(platform, *MADE) == dict.fromkeys(MADE, 1)


def test_a_recovery_code_counts_once_among_many_at_once(office: Desk) -> None:
    account, codes, _ = office.with_second_factor()
    proof = Proof(recovery_sha256=second_factor.digest(codes[0]))
    answers = at_once(*[lambda: office.credentials.use(account, proof)] * 6)
    assert sorted(answers) == [False] * 5 + [True]
    assert office.people.read(account.user_id).recovery_codes_left == 9


def test_a_code_counts_once_among_many_at_once(office: Desk) -> None:
    account, _, secret = office.with_second_factor()
    proof = second_factor.prove(
        account,
        code=pyotp.TOTP(secret).now(),
        recovery_code=None,
        sealer=office.keys.sealer,
        now_s=time.time(),
    )
    assert proof is not None
    answers = at_once(*[lambda: office.credentials.use(account, proof)] * 6)
    assert sorted(answers) == [False] * 5 + [True]


def test_a_code_of_an_earlier_step_than_the_last_does_not_count(office: Desk) -> None:
    account, _, _ = office.with_second_factor()
    step = int(time.time()) // 30 + 1
    assert office.credentials.use(account, Proof(step=step))
    assert not office.credentials.use(account, Proof(step=step - 1))


def test_of_two_changes_at_once_one_takes_place(office: Desk) -> None:
    account = office.people.account(office.join().user_id)
    stored, now = account.password_hash or "", datetime.now(UTC)
    fresh = [office.passwords.hashed(f"{ANOTHER} {n}") for n in range(2)]
    answers = at_once(
        *[
            lambda new=new: office.credentials.change(
                account.user_id, before=stored, password_hash=new, at=now
            )
            for new in fresh
        ]
    )
    assert sorted(answers) == [False, True]


def test_of_two_who_confirm_at_once_one_gets_codes_that_count(office: Desk) -> None:
    account = office.people.account(office.join().user_id)
    second_factor.begin(account, factors=office.credentials, sealer=office.keys.sealer)
    account = office.people.account(account.user_id)
    sets = [[bytes([8 * who + n]) * 32 for n in range(8)] for who in range(2)]
    answers = at_once(
        *[lambda codes=codes: office.credentials.confirm(account, 5, codes) for codes in sets]
    )
    assert sorted(answers) == [False, True]
    assert office.people.read(account.user_id).recovery_codes_left == 8


def test_a_secret_that_was_replaced_meanwhile_is_not_confirmed(office: Desk) -> None:
    account = office.people.account(office.join().user_id)
    second_factor.begin(account, factors=office.credentials, sealer=office.keys.sealer)
    looked_at = office.people.account(account.user_id)
    second_factor.begin(account, factors=office.credentials, sealer=office.keys.sealer)
    assert not office.credentials.confirm(looked_at, 5, [])


# ---- passwords ----


def reset_link(office: Desk, user_id: UUID) -> str:
    return office.tokens.mint("password_reset", {"user_id": str(user_id)}, lives=timedelta(hours=1))


def test_a_reset_ends_what_is_open_and_a_sign_in_under_way(office: Desk) -> None:
    joined = office.join()
    tokens, under_way = office.enter(office.by_password()), office.by_password()
    office.reset(reset_link(office, joined.user_id))
    standing = office.standings.standing(joined.user_id, None, tokens.session_id)
    assert standing is not None
    assert standing.is_over(
        office.sessions.read(joined.user_id, tokens.session_id).began_at.timestamp()
    )
    with pytest.raises(Unauthenticated):
        office.enter(under_way)
    assert office.enter(office.by_password(ANOTHER)).role == "owner"


def test_who_begins_with_the_old_password_during_a_reset_does_not_get_in(office: Desk) -> None:
    user_id, late = office.join().user_id, []

    def clock() -> datetime:
        """While the reset looks at it for the first time, somebody begins to sign in."""
        now = datetime.now(UTC)
        if not late:
            late.append(office.by_password())
        return now

    office.reset(reset_link(office, user_id), clock=clock)
    with pytest.raises(Unauthenticated):
        office.enter(late[0])


def test_a_link_resets_one_password_once(office: Desk) -> None:
    token = reset_link(office, office.join().user_id)
    answers = at_once(*[lambda n=n: office.reset(token, f"{ANOTHER} {n}") for n in range(3)])
    assert sorted(type(one).__name__ for one in answers) == ["LinkExpired", "LinkExpired", "str"]


def test_links_from_before_a_change_are_over(office: Desk) -> None:
    user_id = office.join().user_id
    older, newer = reset_link(office, user_id), reset_link(office, user_id)
    office.reset(newer)
    with pytest.raises(LinkExpired):
        office.reset(older)


def test_the_same_password_at_another_cost_signs_in_as_before(office: Desk) -> None:
    office.join()
    office.passwords = CountedPasswords(rounds=2)
    assert "t=2" in (office.by_password().account.password_hash or "")
    assert office.by_password().account.email == EMAIL


def test_a_link_for_somebody_who_is_gone_is_over(office: Desk) -> None:
    with pytest.raises(LinkExpired):
        office.credentials.whose_link(reset_link(office, uuid4()))
