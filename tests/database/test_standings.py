"""How people stand, asked of a real PostgreSQL; the fake of the door's tests keeps the same promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.standing_store import PostgresStandings
from tests.database.world import Platform
from tests.fakes_sessions import Standings

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
Person = tuple[UUID, UUID]


class InTheDatabase(PostgresStandings):
    """With the ways of the fake to arrange things."""

    def __init__(self, database: Database, platform: Platform) -> None:
        super().__init__(database)
        self._platform = platform

    def join(
        self, user_id: UUID, organization_id: UUID | None = None, role: str | None = None
    ) -> None:
        with self._platform.admin() as admin:
            admin.execute(
                "insert into platform.users (id, email, name) values (%s, %s, 'A person') on conflict do nothing",
                [user_id, f"{user_id.hex}@example.org"],
            )
            if organization_id:
                admin.execute(
                    "insert into platform.organizations (id, name) values (%s, 'One') on conflict do nothing",
                    [organization_id],
                )
                admin.execute(
                    "insert into platform.memberships (tenant_id, user_id, role) values (%s, %s, %s)",
                    [organization_id, user_id, role],
                )

    def owe(self, organization_id: UUID, state: str) -> None:
        with self._platform.admin() as admin:
            admin.execute(
                "update platform.organizations set billing_state = %s where id = %s",
                [state, organization_id],
            )

    def leave(self, user_id: UUID, organization_id: UUID) -> None:
        with self._platform.admin() as admin:
            admin.execute(
                "delete from platform.memberships where tenant_id = %s and user_id = %s",
                [organization_id, user_id],
            )


@pytest.fixture(params=["fake", "database"])
def standings(request: pytest.FixtureRequest) -> Standings | InTheDatabase:
    if request.param == "fake":
        return Standings()
    platform = request.getfixturevalue("platform")
    return InTheDatabase(request.getfixturevalue("database"), platform)


@pytest.fixture
def person(standings: InTheDatabase) -> Person:
    user_id, organization_id = uuid4(), uuid4()
    standings.join(user_id, organization_id, "builder")
    return user_id, organization_id


def test_a_member_stands_as_what_they_are_there(standings: InTheDatabase, person: Person) -> None:
    found = standings.standing(*person, uuid4())
    assert found is not None
    assert (found.role, found.session_ended) == ("builder", False)
    assert not found.is_over(BEGAN.timestamp())


def test_a_person_is_nothing_in_an_organization_of_others(
    standings: InTheDatabase, person: Person
) -> None:
    stranger = uuid4()
    standings.join(stranger, uuid4(), "owner")
    found = standings.standing(stranger, person[1], uuid4())
    assert found is not None
    assert found.role is None


def test_a_person_stands_as_their_organization_does_with_its_payments(
    standings: InTheDatabase, person: Person
) -> None:
    standings.owe(person[1], "read_only")
    here, elsewhere = (standings.standing(person[0], one, uuid4()) for one in (person[1], None))
    assert here is not None
    assert elsewhere is not None
    assert (here.billing_state, elsewhere.billing_state) == ("read_only", "current")


def test_a_removal_is_seen_at_once(standings: InTheDatabase, person: Person) -> None:
    standings.leave(*person)
    found = standings.standing(*person, uuid4())
    assert found is not None
    assert found.role is None


def test_a_person_in_no_organization_stands_too(standings: InTheDatabase) -> None:
    user_id = uuid4()
    standings.join(user_id)
    found = standings.standing(user_id, None, uuid4())
    assert found is not None
    assert found.role is None


def test_who_is_not_there_has_no_standing(standings: InTheDatabase) -> None:
    assert standings.standing(uuid4(), None, uuid4()) is None
    assert standings.standing(uuid4(), uuid4(), uuid4()) is None


def test_an_ended_session_is_over_and_another_goes_on(
    standings: InTheDatabase, person: Person
) -> None:
    ended, other = uuid4(), uuid4()
    for _ in range(2):
        standings.end_session(person[0], ended)
    assert [
        found.session_ended
        for session_id in (ended, other)
        if (found := standings.standing(*person, session_id))
    ] == [True, False]


def test_all_sessions_from_before_a_moment_are_over_and_later_ones_are_not(
    standings: InTheDatabase, person: Person
) -> None:
    standings.end_all_sessions(person[0], before=BEGAN)
    found = standings.standing(*person, uuid4())
    assert found is not None
    assert found.is_over(BEGAN.timestamp() - 0.001)
    assert not found.is_over(BEGAN.timestamp())


def test_the_moment_never_moves_back(standings: InTheDatabase, person: Person) -> None:
    standings.end_all_sessions(person[0], before=BEGAN)
    standings.end_all_sessions(person[0], before=BEGAN - timedelta(days=1))
    found = standings.standing(*person, uuid4())
    assert found is not None
    assert found.sessions_valid_from_at == BEGAN


def test_an_organization_that_is_deleted_gives_no_role(
    platform: Platform, database: Database
) -> None:
    standings = InTheDatabase(database, platform)
    user_id, organization_id = uuid4(), uuid4()
    standings.join(user_id, organization_id, "owner")
    with platform.admin() as admin:
        admin.execute(
            "update platform.organizations set deletion_due_at = now(), deleted_at = now() where id = %s",
            [organization_id],
        )
    found = standings.standing(user_id, organization_id, uuid4())
    assert found is not None
    assert found.role is None
