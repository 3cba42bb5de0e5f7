"""What expires goes by itself, of everybody, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from chalicelib.adapters.database import Database
from chalicelib.adapters.expiry import Expiry
from chalicelib.identity.session_records import AGE_MAX
from tests.database.world import Platform, Tenant, act_for, claim

Tenants = tuple[Tenant, Tenant]
# As if a quarter of a year had gone by, for rows and for the list alike; tokens of these tests live an hour.
LONG_AFTER = """
update platform.one_time_tokens set created_at = created_at - interval '91 days', expires_at = expires_at - interval '91 days';
update platform.ended_sessions set ended_at = ended_at - interval '91 days';
update platform.idempotent_answers set created_at = created_at - interval '91 days';
update platform.expiring_rows set expires_at = expires_at - interval '91 days';
"""
LEFT = """
select (select count(*) from platform.one_time_tokens), (select count(*) from platform.ended_sessions),
    (select count(*) from platform.idempotent_answers), (select count(*) from platform.expiring_rows)
"""
TOKEN = """
insert into platform.one_time_tokens (token_sha256, purpose, expires_at)
values (%s, 'sign_up', now() + %s::interval)
"""


def left(platform: Platform) -> tuple[int, ...]:
    """Tokens, ended sessions, answers, entries of the list."""
    with platform.admin() as connection:
        [row] = connection.execute(LEFT).fetchall()
    return tuple(row)


@pytest.fixture
def long_after(platform: Platform) -> Callable[[], None]:
    def go() -> None:
        with platform.admin() as connection:
            connection.execute(LONG_AFTER)

    return go


def mint(platform: Platform, token: str, lasts: str) -> None:
    with platform.app() as connection:
        claim(connection, "app.presented_token", token)
        connection.execute(TOKEN, [token, lasts])


def test_nothing_goes_before_its_time(
    platform: Platform, database: Database, tenants: Tenants
) -> None:
    assert left(platform) == (2, 2, 2, 6)
    assert Expiry(database).forget() == 0
    assert left(platform) == (2, 2, 2, 6)


def test_what_expired_goes_whosever_it_is(
    platform: Platform, database: Database, tenants: Tenants, long_after: Callable[[], None]
) -> None:
    long_after()
    mint(platform, "f" * 64, "1 hour")
    assert Expiry(database).forget() == 6
    assert left(platform) == (1, 0, 0, 1)


def test_a_session_that_ended_is_remembered_for_as_long_as_one_can_last(
    platform: Platform, database: Database, tenants: Tenants
) -> None:
    almost = (AGE_MAX - timedelta(hours=1)) / timedelta(days=1)
    with platform.admin() as connection:
        connection.execute(LONG_AFTER.replace("91 days", f"{almost} days"))  # type: ignore[arg-type]
    Expiry(database).forget()
    assert left(platform) == (0, 2, 0, 2)


def test_a_token_that_was_used_leaves_an_entry_that_goes_too(
    platform: Platform, database: Database, long_after: Callable[[], None]
) -> None:
    mint(platform, "f" * 64, "1 hour")
    with platform.app() as connection:
        claim(connection, "app.presented_token", "f" * 64)
        connection.execute("delete from platform.one_time_tokens")
    long_after()
    assert Expiry(database).forget() == 1
    assert left(platform) == (0, 0, 0, 0)


def test_an_entry_does_not_take_a_row_that_is_still_good(
    platform: Platform, database: Database, tenants: Tenants
) -> None:
    """Should the list be wrong, the row decides."""
    with platform.admin() as connection:
        connection.execute("update platform.expiring_rows set expires_at = now()")
    assert Expiry(database).forget() == 6
    assert left(platform) == (2, 2, 2, 0)


def test_many_are_done_in_turns_until_none_is_left(
    platform: Platform, database: Database, long_after: Callable[[], None]
) -> None:
    for number in range(7):
        mint(platform, f"{number:064x}", "1 hour")
    long_after()
    assert Expiry(database).forget(at_once=3) == 7
    assert left(platform) == (0, 0, 0, 0)


def test_two_at_the_same_time_do_not_wait_for_each_other_or_count_twice(
    platform: Platform, database: Database, long_after: Callable[[], None]
) -> None:
    for number in range(20):
        mint(platform, f"{number:064x}", "1 hour")
    long_after()
    together, counted = Barrier(2), list[int]()

    def run() -> None:
        together.wait()
        counted.append(Expiry(database).forget(at_once=5))

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counted) == 20
    assert left(platform) == (0, 0, 0, 0)


def test_taking_up_the_duty_by_hand_opens_nothing(platform: Platform, tenants: Tenants) -> None:
    with platform.app() as connection:
        claim(connection, "app.current_duty", "forget")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("select * from platform.expiring_rows")


def test_a_row_of_another_tenant_is_not_listed_for_the_caller(
    platform: Platform, tenants: Tenants
) -> None:
    """The trigger writes whose the row is, not who the session says it is."""
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        claim(connection, "app.current_user_id", other.user_id)
        connection.execute(
            "insert into platform.ended_sessions (user_id, session_id) values (%s, %s)",
            [other.user_id, uuid4()],
        )
    with platform.admin() as connection:
        found = connection.execute(
            "select whose from platform.expiring_rows where kind = 'ended_sessions' order by id"
        ).fetchall()
    assert [UUID(whose) for (whose,) in found] == [mine.user_id, other.user_id, other.user_id]
