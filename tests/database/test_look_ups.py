"""Who is where: a person's organizations, an organization's people. What they give, and that they never read a whole table.

The surprise: PostgreSQL counts the scans of a transaction while it runs, so what a function does inside can be seen as
well as what `explain` says of a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InvalidTextRepresentation

from chalicelib.adapters.standing_store import STANDING
from tests.database.world import Connection, Platform, Tenant, act_for, claim

Tenants = tuple[Tenant, Tenant]
MINE = "select organization_id, role from platform.my_organizations()"
HERE = "select user_id, email, role, has_second_factor from platform.people_here()"
JOIN = "insert into platform.memberships (tenant_id, user_id, role) values (%s, %s, %s)"


def organizations_of(platform: Platform, user_id: UUID | str) -> dict[UUID, str]:
    with platform.app() as connection:
        claim(connection, "app.current_user_id", user_id)
        return dict(connection.execute(MINE).fetchall())


def people_of(platform: Platform, tenant_id: UUID) -> list[tuple[Any, ...]]:
    with platform.app() as connection:
        act_for(connection, tenant_id)
        return connection.execute(HERE).fetchall()


@pytest.fixture
def joined(platform: Platform, tenants: Tenants) -> Tenants:
    """The first one's person is a viewer of the second's organization as well."""
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, other.id)
        connection.execute(JOIN, [other.id, mine.user_id, "viewer"])
    return tenants


def test_a_person_sees_where_they_are_and_as_what(platform: Platform, joined: Tenants) -> None:
    mine, other = joined
    assert organizations_of(platform, mine.user_id) == {mine.id: "owner", other.id: "viewer"}
    assert organizations_of(platform, other.user_id) == {other.id: "owner"}
    assert organizations_of(platform, uuid4()) == {}


def test_nobody_has_no_organizations(platform: Platform, tenants: Tenants) -> None:
    with platform.app() as connection:
        assert connection.execute(MINE).fetchall() == []
    with pytest.raises(InvalidTextRepresentation):
        organizations_of(platform, "")


def test_an_organization_somebody_left_is_not_theirs_any_more(
    platform: Platform, joined: Tenants
) -> None:
    mine, other = joined
    with platform.app() as connection:
        act_for(connection, other.id)
        connection.execute("delete from platform.memberships where user_id = %s", [mine.user_id])
    assert organizations_of(platform, mine.user_id) == {mine.id: "owner"}


def test_a_deleted_organization_is_nobodys(platform: Platform, joined: Tenants) -> None:
    mine, other = joined
    with platform.admin() as connection:
        connection.execute(
            "update platform.organizations set deletion_due_at = now(), deleted_at = now() where id = %s",
            [other.id],
        )
    assert organizations_of(platform, mine.user_id) == {mine.id: "owner"}


def test_an_organization_sees_its_people_and_no_others(platform: Platform, joined: Tenants) -> None:
    mine, other = joined
    assert [row[0] for row in people_of(platform, mine.id)] == [mine.user_id]
    assert {(row[0], row[2]) for row in people_of(platform, other.id)} == {
        (other.user_id, "owner"),
        (mine.user_id, "viewer"),
    }
    with platform.app() as connection:
        assert connection.execute(HERE).fetchall() == []


def test_of_a_persons_credentials_only_whether_there_is_a_second_factor_is_told(
    platform: Platform, tenants: Tenants
) -> None:
    assert people_of(platform, tenants[0].id)[0][3] is False
    with platform.admin() as connection:
        connection.execute(
            "update platform.person_credentials set second_factor_sealed = 'x', second_factor_confirmed_at = now()"
        )
        [columns] = connection.execute(
            "select proargnames from pg_proc where proname = 'people_here'"
        ).fetchall()
    assert people_of(platform, tenants[0].id)[0][3] is True
    assert columns[0] == ["user_id", "email", "name", "role", "joined_at", "has_second_factor"]


def test_a_membership_is_noted_for_its_own_person(platform: Platform, tenants: Tenants) -> None:
    """Not for whoever the session says it is."""
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        claim(connection, "app.current_user_id", mine.user_id)
        connection.execute(JOIN, [mine.id, other.user_id, "builder"])
    assert organizations_of(platform, mine.user_id) == {mine.id: "owner"}
    assert organizations_of(platform, other.user_id) == {other.id: "owner", mine.id: "builder"}


def test_nobody_is_put_into_another_tenants_organization(
    platform: Platform, tenants: Tenants
) -> None:
    mine, other = tenants
    with platform.app() as connection:
        act_for(connection, mine.id)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(JOIN, [other.id, mine.user_id, "owner"])


# At size: 500 organizations, 5,000 people, 10 in each, one person in 20.
CROWD = """
insert into platform.organizations (id, name)
select md5('o' || n)::uuid, 'Organization ' || n from generate_series(1, 500) as n;
insert into platform.users (id, email, name)
select md5('u' || n)::uuid, 'person' || n || '@example.org', 'Person' from generate_series(1, 5000) as n;
insert into platform.person_credentials (user_id) select id from platform.users;
insert into platform.memberships (tenant_id, user_id, role)
select md5('o' || 1 + n %% 500)::uuid, md5('u' || n)::uuid, 'viewer' from generate_series(1, 5000) as n;
insert into platform.memberships (tenant_id, user_id, role)
select md5('o' || n)::uuid, md5('u5000')::uuid, 'viewer' from generate_series(2, 21) as n;
analyze platform.organizations, platform.users, platform.person_credentials, platform.memberships,
    platform.person_organizations;
""".replace("%%", "%")
SCANS = """
select relname, seq_scan, idx_scan from pg_stat_xact_user_tables
where schemaname = 'platform' and seq_scan + coalesce(idx_scan, 0) > 0
"""


@pytest.fixture
def crowd(platform: Platform) -> Iterator[Connection]:
    """A session of one of 500 organizations and of a person who is in 21."""
    with platform.admin() as connection:
        connection.execute(CROWD)
        [(tenant_id, user_id)] = connection.execute(
            "select md5('o5')::uuid, md5('u5000')::uuid"
        ).fetchall()
    with platform.app() as connection:
        act_for(connection, tenant_id)
        claim(connection, "app.current_user_id", user_id)
        yield connection


@pytest.mark.parametrize(("look_up", "rows"), [(MINE, 21), (HERE, 11)])
def test_a_look_up_at_size_reads_no_whole_table(crowd: Connection, look_up: str, rows: int) -> None:
    assert len(crowd.execute(look_up).fetchall()) == rows  # type: ignore[call-overload]
    scans = crowd.execute(SCANS).fetchall()
    assert [name for name, sequential, _ in scans if sequential] == []
    assert {"memberships"} <= {name for name, _, by_index in scans if by_index}


def test_how_a_person_stands_is_read_by_index_alone(crowd: Connection) -> None:
    """The statement that comes with each request of a person."""
    [[tenant_id, user_id]] = crowd.execute(
        "select current_setting('app.current_tenant_id')::uuid, current_setting('app.current_user_id')::uuid"
    ).fetchall()
    asked = {"organization_id": tenant_id, "user_id": user_id, "session_id": uuid4()}
    plan = "\n".join(row[0] for row in crowd.execute("explain " + STANDING, asked))
    assert "memberships_pkey" in plan
    assert "Seq Scan" not in plan.replace("Seq Scan on ended_sessions", "")  # nobody's ended here


def test_asking_for_many_at_once_has_the_fast_form(crowd: Connection) -> None:
    """`= any(array(select …))` is one look-up each; `in (select …)` may join whole tables. What is due, what has expired
    and what is waiting is taken this way, and there is no policy that reads another table."""
    fast = """
    explain select from platform.memberships
    where tenant_id = any (array(
        select noted.organization_id from platform.person_organizations as noted
        where noted.user_id = (select current_setting('app.current_user_id', true)::uuid)
    ))
    """
    plan = "\n".join(row[0] for row in crowd.execute(fast))
    assert "Seq Scan" not in plan
    assert "Hash" not in plan
    assert "person_organizations_pkey" in plan
