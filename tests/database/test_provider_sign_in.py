"""Signing in with a provider, whole: the door, a provider over HTTP, PostgreSQL. Nothing half made, whatever crashes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.linked_identities import PostgresLinkedIdentities
from chalicelib.adapters.oauth_flows import PostgresOauthFlows
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.person_store import PostgresPeople
from chalicelib.adapters.standing_store import PostgresStandings
from chalicelib.identity.oauth import Profile
from chalicelib.identity.people import Newcomer
from tests.database.world import Platform
from tests.door import api, app, world  # noqa: F401
from tests.identity.providers import GoogleStand, served
from tests.identity.test_oauth import google_at

HOME = "http://localhost:8000/sign-in"
ANA = Newcomer(email="ana@example.com", name="Ana", locale="es", organization_name="Ana's")
PROFILE = Profile(provider="google", subject="1080", email="ana@example.com", name="Ana")
MADE = ("users", "identity_routes", "linked_identities", "organizations", "memberships", "audit_log")  # fmt: skip


@pytest.fixture
def google(world: Any, database: Database) -> Iterator[GoogleStand]:  # noqa: F811
    """The door over a real database; sessions and limits stay in memory."""
    outbox = Outbox(database)
    world.people, world.standings = PostgresPeople(database), PostgresStandings(database)
    world.organizations, world.outbox = PostgresOrganizationStore(database), outbox
    world.identities = PostgresLinkedIdentities(database, outbox)
    world.oauth_flows = PostgresOauthFlows(database)
    with served(GoogleStand()) as stand:
        world.oauth_providers = {"google": google_at(stand)}
        yield stand


def come(ask: Any, stand: GoogleStand) -> Any:
    path = "/v1/auth/oauth/google"
    begun = ask("POST", f"{path}/start", {"redirect_uri": HOME}, key="")[1]
    back = stand.consent(begun["authorization_url"])
    return ask("POST", f"{path}/finish", {**back, "flow": begun["flow"]}, key="")[:2]


def test_somebody_new_signs_in_comes_back_and_is_the_same(
    api: Any,  # noqa: F811
    google: GoogleStand,
) -> None:
    status, first = come(api, google)
    assert status == 200
    assert [one["role"] for one in first["organizations"]] == ["owner"]
    status, me, _ = api("GET", "/v1/me/identities", key=first["access_token"])
    assert (status, [one["email"] for one in me["items"]]) == (200, ["ana@example.com"])
    assert come(api, google)[1]["organizations"] == first["organizations"]


def test_nothing_of_a_flow_is_left_once_it_is_over(
    api: Any,  # noqa: F811
    google: GoogleStand,
    platform: Platform,
) -> None:
    come(api, google)
    assert counted(platform, "one_time_tokens") == 0


def test_while_postgres_is_away_it_is_503_and_nothing_was_asked_of_the_provider(
    api: Any,  # noqa: F811
    google: GoogleStand,
    world: Any,  # noqa: F811
) -> None:
    world.oauth_flows = PostgresOauthFlows(Database("host=127.0.0.1 port=1 user=nobody"))
    body = {"code": "c", "state": "s", "flow": "f"}
    status, problem, headers = api("POST", "/v1/auth/oauth/google/finish", body, key="")
    assert (status, problem["type"]) == (503, "urn:fragua:problem:database-busy")
    assert headers["Retry-After"]
    assert google.seen == []


def test_a_crash_at_any_statement_makes_nobody_and_the_next_try_makes_one(
    database: Database, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    identities = PostgresLinkedIdentities(database, Outbox(database))
    run, steps = Session.run, 0

    def counting(self: Session, query: Any, **values: Any) -> int:
        nonlocal left
        if left == 0:
            raise psycopg.OperationalError("torn")
        left -= 1
        return run(self, query, **values)

    monkeypatch.setattr(Session, "run", counting)
    for steps in range(50):
        left = steps
        try:
            assert identities.join(ANA, PROFILE)
            break
        except Exception:
            assert {counted(platform, table) for table in MADE} == {0}
    assert steps >= len(MADE)
    assert {counted(platform, table) for table in MADE if table != "identity_routes"} == {1}
    assert counted(platform, "identity_routes") == 2


def counted(platform: Platform, table: str) -> int:
    with platform.admin() as connection:
        query = psycopg.sql.SQL("select count(*) from platform.{}")
        row = connection.execute(query.format(psycopg.sql.Identifier(table))).fetchone()
    return row[0] if row else 0
