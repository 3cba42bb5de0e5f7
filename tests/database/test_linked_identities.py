"""People who come by a provider, on a real PostgreSQL: found, made, linked and unlinked whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.linked_identities import PostgresLinkedIdentities
from chalicelib.adapters.oauth_flows import PostgresOauthFlows
from chalicelib.adapters.person_store import PostgresPeople
from chalicelib.identity.oauth import Flow, Profile
from chalicelib.identity.people import Newcomer
from chalicelib.identity.provider_people import person_of
from chalicelib.mail.letters import fault
from tests.database.world import Platform
from tests.fakes_mail import Outbox
from tests.fakes_oauth import Flows, Identities
from tests.fakes_people import OneTimeTokens, People
from tests.fakes_sessions import Standings

Stores = tuple[Any, Any, Callable[[], list[str]]]


def profile(**changed: str) -> Profile:
    told: dict[str, Any] = {
        "provider": "google",
        "subject": "1080",
        "email": "ana@example.com",
        "name": "Ana",
    }
    return Profile(**told | changed)


def newcomer(**changed: Any) -> Newcomer:
    told = {"email": "ana@example.com", "name": "Ana", "locale": "es", "organization_name": "Ana's"}
    return Newcomer(**told | changed)


@pytest.fixture(params=["fake", "real"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """People, identities, and the changes that letters told of."""
    outbox, real = Outbox(), request.param == "real"
    database: Database = request.getfixturevalue("database") if real else None
    people: Any = PostgresPeople(database) if real else People(OneTimeTokens(), Standings())
    made: Any = PostgresLinkedIdentities if real else Identities
    identities = made(database if real else people, outbox)
    return people, identities, lambda: told(outbox)


def told(outbox: Outbox) -> list[str]:
    """What letters say was done; one that can't be sent says nothing."""
    return [
        letter.kind.removeprefix("identity_")
        for letter in outbox.letters.values()
        if fault(letter.kind, {name: str(value) for name, value in letter.body.items()}) is None
    ]


def test_a_newcomer_is_found_by_address_and_identity_and_has_it_listed(stores: Stores) -> None:
    people, identities, _ = stores
    made = identities.join(newcomer(), profile())
    assert people.by_identity("google:1080") == made
    assert people.by_email("ana@example.com").user_id == made
    assert [(one.provider, one.email) for one in identities.linked(made)] == [
        ("google", "ana@example.com")
    ]


def test_a_newcomer_whose_address_or_identity_is_taken_is_not_made(stores: Stores) -> None:
    people, identities, _ = stores
    identities.join(newcomer(), profile())
    assert identities.join(newcomer(), profile(subject="2")) is None
    assert identities.join(newcomer(email="berta@example.com"), profile()) is None
    assert people.by_email("berta@example.com") is None
    assert people.by_identity("google:2") is None


def test_linking_and_unlinking_is_told_by_letter(stores: Stores) -> None:
    people, identities, changes = stores
    ana = identities.join(newcomer(), profile())
    assert identities.link(ana, profile(provider="github", subject="7"))
    assert people.by_identity("github:7") == ana
    assert identities.unlink(ana, "google") == "gone"
    assert people.by_identity("google:1080") is None
    assert changes() == ["linked", "removed"]


def test_an_identity_leads_to_one_person_and_a_person_has_one_of_each_provider(
    stores: Stores,
) -> None:
    people, identities, changes = stores
    ana = identities.join(newcomer(), profile())
    berta = identities.join(newcomer(email="berta@example.com"), profile(subject="2"))
    assert not identities.link(berta, profile())
    assert not identities.link(ana, profile(subject="3"))
    assert people.by_identity("google:3") is None
    assert people.by_identity("google:1080") == ana
    assert changes() == []


def test_the_last_way_in_stays(stores: Stores) -> None:
    _, identities, _ = stores
    ana = identities.join(newcomer(), profile())
    assert identities.unlink(ana, "github") == "absent"
    assert identities.unlink(ana, "google") == "last"
    identities.link(ana, profile(provider="github", subject="7"))
    assert identities.unlink(ana, "google") == "gone"
    assert identities.unlink(ana, "github") == "last"


def test_a_new_person_owns_their_organization_and_the_audit_log_says_so(
    database: Database, platform: Platform
) -> None:
    made = PostgresLinkedIdentities(database, Outbox()).join(newcomer(), profile())  # type: ignore[arg-type]
    with platform.admin() as connection:
        row = connection.execute(
            "select organization.name, membership.role, line.action, line.actor"
            " from platform.memberships as membership"
            " join platform.organizations as organization on organization.tenant_id = membership.tenant_id"
            " join platform.audit_log as line on line.tenant_id = membership.tenant_id"
            " where membership.user_id = %s",
            [made],
        ).fetchone()
    assert row == ("Ana's", "owner", "organization.created", f"user:{made}")


def test_of_many_who_come_at_once_one_person_is_made(database: Database) -> None:
    people = PostgresPeople(database)
    identities = PostgresLinkedIdentities(database, Outbox())  # type: ignore[arg-type]

    def come(_: int) -> UUID:
        return person_of(profile(), locale="en", people=people, identities=identities).user_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(come, range(8)))) == 1


def test_two_last_ways_in_removed_at_once_leave_one(database: Database) -> None:
    identities = PostgresLinkedIdentities(database, Outbox())  # type: ignore[arg-type]
    for number in range(5):
        email = f"{number}@example.com"
        ana = identities.join(newcomer(email=email), profile(subject=f"a{number}"))
        assert ana
        identities.link(ana, profile(provider="github", subject=f"b{number}"))
        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(lambda name, who=ana: identities.unlink(who, name), ["google", "github"]))  # type: ignore[misc]  # fmt: skip
        assert sorted(told) == ["gone", "last"]


# ---- sign-ins under way ----


@pytest.fixture(params=["fake", "real"])
def flows(request: pytest.FixtureRequest) -> Any:
    if request.param == "fake":
        return Flows()
    return PostgresOauthFlows(request.getfixturevalue("database"))


def flow(**changed: Any) -> Flow:
    told: dict[str, Any] = {
        "provider": "google",
        "purpose": "link",
        "person": uuid4(),
        "redirect_uri": "https://fragua.example.com/sign-in",
        "nonce": "n",
        "verifier_sealed": b"\x00sealed\xff",
        "flow_sha256": "f" * 64,
        "expires_at": datetime.now(UTC) + timedelta(minutes=10),
    }
    return Flow(**told | changed)


def test_a_flow_is_taken_once_and_as_it_was_kept(flows: Any) -> None:
    kept = flow()
    flows.keep("a" * 64, kept)
    assert flows.take("a" * 64, "f" * 64) == kept
    assert flows.take("a" * 64, "f" * 64) is None


def test_a_flow_given_back_can_be_taken_again(flows: Any) -> None:
    flows.keep("a" * 64, flow(person=None, purpose="sign_in"))
    taken = flows.take("a" * 64, "f" * 64)
    flows.keep("a" * 64, taken)
    assert flows.take("a" * 64, "f" * 64) == taken


def test_a_flow_is_found_with_both_secrets_only(flows: Any) -> None:
    flows.keep("a" * 64, flow())
    assert flows.take("b" * 64, "f" * 64) is None
    assert flows.take("a" * 64, "e" * 64) is None
    assert flows.take("a" * 64, "f" * 64) is not None


def test_a_flow_that_is_too_old_is_none(flows: Any) -> None:
    flows.keep("a" * 64, flow(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert flows.take("a" * 64, "f" * 64) is None


def test_of_many_who_take_a_flow_one_has_it(database: Database) -> None:
    flows = PostgresOauthFlows(database)
    flows.keep("a" * 64, flow())
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: flows.take("a" * 64, "f" * 64), range(8)))
    assert sum(one is not None for one in taken) == 1
