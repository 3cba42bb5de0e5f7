"""Who may change who is in an organization, on a real server: the last owner, one's own role, two at once."""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.membership_store import PostgresMemberStore
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.adapters.standing_store import PostgresStandings
from chalicelib.errors import Conflict, Forbidden, NotFound
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.roles import Role
from tests.database.company import Company, at_once, founded, newcomer, refusals
from tests.database.world import Platform

ROUNDS = 12


@pytest.fixture
def company(database: Database) -> Company:
    return founded(database)


@pytest.fixture
def members(database: Database) -> PostgresMemberStore:
    return PostgresMemberStore(database)


def lines(platform: Platform, company: Company) -> list[tuple[str, str, object]]:
    with platform.admin() as connection:
        found = connection.execute(
            "select actor, action, facts from platform.audit_log where tenant_id = %s order by id",
            [company.id],
        ).fetchall()
    return [(actor, action, facts) for actor, action, facts in found][1:]  # the founding


def test_members_are_listed_the_longest_here_first(
    company: Company, members: PostgresMemberStore
) -> None:
    company.hire("eva", "viewer")
    assert [(one.name, one.email, one.role) for one in members.all(company.id)] == [
        ("Ana", "ana@example.org", "owner"),
        ("Eva", "eva@example.org", "viewer"),
    ]


def test_a_change_of_role_says_who_did_it_and_what_it_was(
    company: Company, members: PostgresMemberStore, platform: Platform
) -> None:
    eva = company.hire("eva", "viewer")
    changed = members.change_role(
        company.id, eva, "admin", asker=company.asking(company.ana, "owner")
    )
    assert changed.role == company.roles()[eva] == "admin"
    told = {"before": {"role": "viewer"}, "after": {"role": "admin"}}
    assert lines(platform, company) == [(f"user:{company.ana}", "member.role_changed", told)]


def test_the_same_role_again_is_no_change(
    company: Company, members: PostgresMemberStore, platform: Platform
) -> None:
    asker = company.asking(company.ana, "owner")
    assert members.change_role(company.id, company.ana, "owner", asker=asker).role == "owner"
    assert lines(platform, company) == []


def test_a_removed_member_stands_nowhere_at_once_and_keeps_their_account(
    company: Company, members: PostgresMemberStore, database: Database
) -> None:
    eva = company.hire("eva", "builder")
    members.remove(company.id, eva, asker=company.asking(company.ana, "owner"))
    standing = PostgresStandings(database).standing(eva, company.id, uuid4())
    assert standing
    assert standing.role is None
    assert PostgresOrganizationStore(database).mine(eva) == []


@pytest.mark.parametrize("role", ["admin", "builder", "viewer"])
def test_nobody_grants_a_role_above_their_own(
    company: Company, members: PostgresMemberStore, role: Role
) -> None:
    asker, eva = company.hire("asker", role), company.hire("eva", "viewer")
    with pytest.raises(Forbidden):
        members.change_role(company.id, eva, "owner", asker=company.asking(asker, role))
    assert company.roles()[eva] == "viewer"


def test_an_admin_neither_demotes_nor_removes_an_owner(
    company: Company, members: PostgresMemberStore
) -> None:
    company.hire("other", "owner")
    admin = company.asking(company.hire("eva", "admin"), "admin")
    with pytest.raises(Forbidden):
        members.change_role(company.id, company.ana, "viewer", asker=admin)
    with pytest.raises(Forbidden):
        members.remove(company.id, company.ana, asker=admin)


def test_a_key_may_what_its_role_may(company: Company, members: PostgresMemberStore) -> None:
    eva = company.hire("eva", "viewer")
    key = Principal(organization_id=company.id, role="admin", key_id=uuid4())
    assert members.change_role(company.id, eva, "builder", asker=key).role == "builder"
    with pytest.raises(Forbidden):
        members.change_role(company.id, eva, "owner", asker=key)


def test_a_narrowed_key_makes_nobody_who_may_more_than_it(
    company: Company, members: PostgresMemberStore
) -> None:
    eva, scopes = company.hire("eva", "viewer"), frozenset({"people:read", "people:manage"})
    key = Principal(organization_id=company.id, role="owner", key_id=uuid4(), scopes=scopes)
    with pytest.raises(Forbidden):
        members.change_role(company.id, eva, "admin", asker=key)
    assert company.roles()[eva] == "viewer"


def test_the_role_that_counts_is_the_one_of_now(
    company: Company, members: PostgresMemberStore
) -> None:
    """The request came in from an admin, who was demoted before it got its turn."""
    asker, eva = company.hire("asker", "viewer"), company.hire("eva", "viewer")
    with pytest.raises(Forbidden):
        members.remove(company.id, eva, asker=company.asking(asker, "admin"))


def test_the_last_owner_can_not_leave_be_removed_or_demoted(
    company: Company, members: PostgresMemberStore
) -> None:
    company.hire("eva", "admin")
    asker = company.asking(company.ana, "owner")
    with pytest.raises(Conflict, match="last one"):
        members.leave(company.id, company.ana)
    with pytest.raises(Conflict, match="last one"):
        members.remove(company.id, company.ana, asker=asker)
    with pytest.raises(Conflict, match="last one"):
        members.change_role(company.id, company.ana, "admin", asker=asker)
    assert company.roles()[company.ana] == "owner"


def test_an_owner_among_owners_leaves(
    company: Company, members: PostgresMemberStore, platform: Platform
) -> None:
    eva = company.hire("eva", "owner")
    members.leave(company.id, eva)
    assert list(company.roles()) == [company.ana]
    assert lines(platform, company)[-1][:2] == (f"user:{eva}", "member.left")


@pytest.mark.parametrize("doing", ["change_role", "remove", "leave", "transfer"])
def test_somebody_from_elsewhere_is_not_found(
    company: Company, members: PostgresMemberStore, database: Database, doing: str
) -> None:
    stranger, asker = newcomer(database, "eva"), company.asking(company.ana, "owner")
    doings = {
        "change_role": partial(members.change_role, company.id, stranger, "viewer", asker=asker),
        "remove": partial(members.remove, company.id, stranger, asker=asker),
        "leave": partial(members.leave, company.id, stranger),
        "transfer": partial(members.transfer, company.id, stranger, owner=company.ana),
    }
    with pytest.raises(NotFound):
        doings[doing]()


def test_handing_over_makes_one_owner_of_another(
    company: Company, members: PostgresMemberStore, platform: Platform
) -> None:
    eva = company.hire("eva", "viewer")
    members.transfer(company.id, eva, owner=company.ana)
    assert company.roles() == {company.ana: "admin", eva: "owner"}
    assert lines(platform, company)[-1][1] == "organization.transferred"


def test_only_an_owner_hands_over_and_not_to_themselves(
    company: Company, members: PostgresMemberStore
) -> None:
    eva = company.hire("eva", "admin")
    with pytest.raises(Forbidden):
        members.transfer(company.id, company.ana, owner=eva)
    with pytest.raises(Conflict):
        members.transfer(company.id, company.ana, owner=company.ana)


# at the same moment


def owners(company: Company) -> list[UUID]:
    return [person for person, role in company.roles().items() if role == "owner"]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_owners_who_leave_at_once_one_stays(
    company: Company, members: PostgresMemberStore, round_: int
) -> None:
    eva = company.hire("eva", "owner")
    outcomes = at_once(
        partial(members.leave, company.id, company.ana), partial(members.leave, company.id, eva)
    )
    assert (refusals(outcomes), len(owners(company))) == (["Conflict"], 1)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_is_demoted_while_the_other_leaves(
    company: Company, members: PostgresMemberStore, round_: int
) -> None:
    """Whoever comes second: either there is a last owner to keep, or the one who demotes is gone."""
    eva = company.hire("eva", "owner")
    demote = partial(
        members.change_role, company.id, eva, "viewer", asker=company.asking(company.ana, "owner")
    )
    outcomes = at_once(demote, partial(members.leave, company.id, company.ana))
    assert (len(refusals(outcomes)), len(owners(company))) == (1, 1)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_who_demote_each_other_one_is_too_late(
    company: Company, members: PostgresMemberStore, round_: int
) -> None:
    eva = company.hire("eva", "owner")
    outcomes = at_once(
        partial(
            members.change_role,
            company.id,
            eva,
            "viewer",
            asker=company.asking(company.ana, "owner"),
        ),
        partial(
            members.change_role,
            company.id,
            company.ana,
            "viewer",
            asker=company.asking(eva, "owner"),
        ),
    )
    assert (refusals(outcomes), len(owners(company))) == (["Forbidden"], 1)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_ownership_handed_over_twice_at_once_goes_to_one(
    company: Company, members: PostgresMemberStore, round_: int
) -> None:
    eva, leo = company.hire("eva", "viewer"), company.hire("leo", "viewer")
    outcomes = at_once(
        partial(members.transfer, company.id, eva, owner=company.ana),
        partial(members.transfer, company.id, leo, owner=company.ana),
    )
    assert (refusals(outcomes), len(owners(company))) == (["Forbidden"], 1)
