"""Letters between the request that posts them and the Lambda that sends them, on a real PostgreSQL."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.outbox import Outbox
from tests.database.world import Platform

FORGOTTEN = {"email": "ana@example.com"}


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def waiting(platform: Platform) -> list[tuple[UUID, str]]:
    with platform.admin() as connection:
        return connection.execute("select id, kind from platform.outbox order by created_at").fetchall()  # type: ignore[return-value]


def test_a_letter_posted_twice_under_one_id_waits_once(outbox: Outbox, platform: Platform) -> None:
    letter = uuid4()
    for _ in range(2):
        outbox.post("password_reset", FORGOTTEN, "es", id=letter)
    assert waiting(platform) == [(letter, "password_reset")]


def test_a_letter_posted_inside_a_unit_that_fails_was_never_posted(
    outbox: Outbox, platform: Platform, database: Database
) -> None:
    with pytest.raises(ZeroDivisionError), database.unit(uuid4()):
        outbox.post("password_reset", FORGOTTEN, "es")
        raise ZeroDivisionError
    assert waiting(platform) == []


def test_what_is_to_be_done_after_a_unit_waits_for_its_commit(
    outbox: Outbox, platform: Platform, database: Database
) -> None:
    seen = []
    with database.unit(uuid4()) as unit:
        outbox.post("password_reset", FORGOTTEN, "es")
        unit.afterwards(lambda: seen.append(len(waiting(platform))))
        assert seen == []
    assert seen == [1]


def test_what_is_to_be_done_after_a_unit_that_fails_is_not_done(database: Database) -> None:
    seen: list[int] = []
    with pytest.raises(ZeroDivisionError), database.unit(uuid4()) as unit:
        unit.afterwards(lambda: seen.append(1))
        raise ZeroDivisionError
    assert seen == []
