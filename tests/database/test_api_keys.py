"""API keys on a real server: what is kept, how many, and how they end with whoever made them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.api_key_store import PostgresApiKeyStore
from chalicelib.adapters.database import Database
from chalicelib.adapters.membership_store import PostgresMemberStore
from chalicelib.errors import Conflict, Forbidden, NotFound, Unauthenticated
from chalicelib.identity.api_keys import LIVE_KEYS_MAX, IssuedKey, authenticate, issue, new_key
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.roles import Role
from tests.database.company import Company, at_once, founded, refusals
from tests.database.world import Platform


@pytest.fixture
def company(database: Database) -> Company:
    return founded(database)


@pytest.fixture
def keys(database: Database) -> PostgresApiKeyStore:
    return PostgresApiKeyStore(database)


@pytest.fixture
def members(database: Database) -> PostgresMemberStore:
    return PostgresMemberStore(database)


def made_by(
    keys: PostgresApiKeyStore, maker: Principal, role: Role = "viewer", **more: Any
) -> IssuedKey:
    return issue(maker, name="a key", role=role, keys=keys, **more)


def with_key(keys: PostgresApiKeyStore, key: IssuedKey) -> Principal:
    return authenticate(f"Bearer {key.key}", keys=keys)


def states(keys: PostgresApiKeyStore, company: Company) -> dict[UUID, str]:
    found = keys.page(company.id, cursor=None, limit=100).items
    return {key.id: key.state for key in found}


def test_a_key_is_listed_as_it_was_made(company: Company, keys: PostgresApiKeyStore) -> None:
    end = datetime.now(UTC) + timedelta(days=1)
    ana = company.asking(company.ana, "owner")
    made = made_by(keys, ana, "builder", scopes=["apps:write", "apps:read"], expires_at=end)
    [listed] = keys.page(company.id, cursor=None, limit=10).items
    assert (listed.id, listed.prefix, listed.role) == (made.id, made.prefix, "builder")
    assert (listed.scopes, listed.expires_at) == (["apps:read", "apps:write"], end)
    assert (listed.created_by, listed.state, listed.last_used_at) == (ana.actor, "live", None)


def test_pages_follow_each_other_newest_first(company: Company, keys: PostgresApiKeyStore) -> None:
    ana = company.asking(company.ana, "owner")
    made = [made_by(keys, ana).id for _ in range(3)]
    first = keys.page(company.id, cursor=None, limit=2)
    rest = keys.page(company.id, cursor=first.next_cursor, limit=2)
    assert [key.id for key in (*first.items, *rest.items)] == made[::-1]


def test_a_key_that_expired_says_so(
    company: Company, keys: PostgresApiKeyStore, platform: Platform
) -> None:
    made = made_by(keys, company.asking(company.ana, "owner"))
    with platform.admin() as connection:
        connection.execute("update platform.api_keys set expires_at = now()")
    assert states(keys, company) == {made.id: "expired"}


def test_a_stopped_key_is_refused_and_told_once(
    company: Company, keys: PostgresApiKeyStore, platform: Platform
) -> None:
    ana = company.asking(company.ana, "owner")
    made = made_by(keys, ana)
    for _ in range(2):
        keys.revoke(company.id, made.id, by=ana.actor)
    with pytest.raises(Unauthenticated):
        with_key(keys, made)
    with platform.admin() as connection:
        found = connection.execute(
            "select actor, action, facts -> 'after' from platform.audit_log where subject_id = %s order by id",
            [made.id],
        ).fetchall()
    assert [row[:2] for row in found] == [
        (ana.actor, "api_key.created"),
        (ana.actor, "api_key.revoked"),
    ]
    assert found[0][2]["prefix"] == made.prefix
    assert made.key.split("_")[2] not in str(found)


def test_another_organizations_key_can_not_be_stopped(
    company: Company, keys: PostgresApiKeyStore, organization: Any
) -> None:
    made = made_by(keys, company.asking(company.ana, "owner"))
    with pytest.raises(NotFound):
        keys.revoke(organization(), made.id, by="user:x")
    with pytest.raises(NotFound):
        keys.revoke(company.id, uuid4(), by="user:x")
    assert with_key(keys, made).tenant_id == company.id


def test_there_are_never_more_live_keys_than_allowed(
    company: Company, keys: PostgresApiKeyStore
) -> None:
    ana = company.asking(company.ana, "owner")
    for _ in range(LIVE_KEYS_MAX - 2):
        made_by(keys, ana)
    outcomes = at_once(*[partial(made_by, keys, ana) for _ in range(6)])
    assert refusals(outcomes) == ["Conflict"] * 4
    last = next(one for one in outcomes if not isinstance(one, Conflict))
    keys.revoke(company.id, last.id, by=ana.actor)
    made_by(keys, ana)


def test_use_is_noted_by_a_process_once_a_minute(
    company: Company, database: Database, platform: Platform
) -> None:
    now_s = [100.0]
    keys = PostgresApiKeyStore(database, clock_s=lambda: now_s[0])
    made = made_by(keys, company.asking(company.ana, "owner"))

    def used_after(seconds: float) -> bool:
        """Whether the database was asked to note it: it has forgotten when."""
        now_s[0] += seconds
        with platform.admin() as connection:
            connection.execute("update platform.api_keys set last_used_at = null")
        with_key(keys, made)
        return keys.page(company.id, cursor=None, limit=1).items[0].last_used_at is not None

    assert [used_after(0), used_after(59), used_after(1), used_after(1)] == [
        True,
        False,
        True,
        False,
    ]


class TestKeysEndWithWhoeverMadeThem:
    @pytest.mark.parametrize("how", ["removed", "left"])
    def test_who_goes_leaves_no_key_behind_nor_any_their_keys_made(
        self, company: Company, keys: PostgresApiKeyStore, members: PostgresMemberStore, how: str
    ) -> None:
        eva, ana = company.hire("eva", "admin"), company.asking(company.ana, "owner")
        hers = made_by(keys, company.asking(eva, "admin"), "admin")
        its = made_by(keys, with_key(keys, hers), "builder")
        not_hers = made_by(keys, ana)
        if how == "removed":
            members.remove(company.id, eva, asker=ana)
        else:
            members.leave(company.id, eva)
        assert states(keys, company) == {
            hers.id: "revoked",
            its.id: "revoked",
            not_hers.id: "live",
        }

    def test_who_has_less_of_a_role_keeps_the_keys_that_are_not_above_it(
        self, company: Company, keys: PostgresApiKeyStore, members: PostgresMemberStore
    ) -> None:
        eva, ana = company.hire("eva", "admin"), company.asking(company.ana, "owner")
        asking = company.asking(eva, "admin")
        above, not_above = made_by(keys, asking, "admin"), made_by(keys, asking, "viewer")
        members.change_role(company.id, eva, "builder", asker=ana)
        assert states(keys, company) == {above.id: "revoked", not_above.id: "live"}

    def test_a_role_that_grew_ends_nothing(
        self, company: Company, keys: PostgresApiKeyStore, members: PostgresMemberStore
    ) -> None:
        eva, ana = company.hire("eva", "admin"), company.asking(company.ana, "owner")
        made = made_by(keys, company.asking(eva, "admin"), "admin")
        members.change_role(company.id, eva, "owner", asker=ana)
        assert states(keys, company) == {made.id: "live"}

    @pytest.mark.parametrize("now", ["builder", "viewer", None])
    def test_a_role_that_was_lost_while_the_request_was_on_its_way_makes_no_key(
        self,
        company: Company,
        keys: PostgresApiKeyStore,
        members: PostgresMemberStore,
        now: Role | None,
    ) -> None:
        eva, ana = company.hire("eva", "admin"), company.asking(company.ana, "owner")
        asking = company.asking(eva, "admin")
        if now is None:
            members.remove(company.id, eva, asker=ana)
        else:
            members.change_role(company.id, eva, now, asker=ana)
        with pytest.raises(Forbidden):
            made_by(keys, asking)

    def test_a_key_that_was_stopped_meanwhile_makes_no_key(
        self, company: Company, keys: PostgresApiKeyStore
    ) -> None:
        first = made_by(keys, company.asking(company.ana, "owner"), "admin")
        asking = with_key(keys, first)
        keys.revoke(company.id, first.id, by="user:x")
        with pytest.raises(Forbidden):
            made_by(keys, asking)

    def test_removed_and_making_a_key_at_once_leaves_no_live_key(
        self, company: Company, keys: PostgresApiKeyStore, members: PostgresMemberStore
    ) -> None:
        ana = company.asking(company.ana, "owner")
        for round_ in range(6):
            eva = company.hire(f"eva{round_}", "admin")
            at_once(
                partial(made_by, keys, company.asking(eva, "admin"), "admin"),
                partial(members.remove, company.id, eva, asker=ana),
            )
        assert set(states(keys, company).values()) <= {"revoked"}


def test_a_key_is_issued_as_new_keys_are_made() -> None:
    """The prefix has 36^8 values, so that two hardly ever meet."""
    assert len({new_key().prefix for _ in range(1000)}) == 1000
