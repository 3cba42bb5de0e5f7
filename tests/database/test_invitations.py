"""Invitations on a real server: one per address, the last link, the right address, two at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from chalicelib.adapters.api_key_store import PostgresApiKeyStore
from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.invitation_links import PostgresInvitationLinks
from chalicelib.adapters.invitation_store import PostgresInvitationStore
from chalicelib.adapters.membership_store import PostgresMemberStore
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.adapters.outbox import Outbox
from chalicelib.errors import Conflict, Forbidden, LinkExpired, NotFound
from chalicelib.identity.api_keys import issue
from chalicelib.identity.joining import join_as_new
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.people import Newcomer
from chalicelib.identity.principal import Principal
from chalicelib.tenancy import invitations as rules
from chalicelib.tenancy.invitations import Invitation
from chalicelib.tenancy.roles import Role
from tests.database.company import Company, at_once, founded, newcomer, refusals
from tests.database.world import Platform

ROUNDS = 10
EVA = "eva@example.org"


class Crash(BaseException):
    """The process is gone. Not an `Exception`, so that nothing can catch it by accident."""


@pytest.fixture
def company(database: Database) -> Company:
    return founded(database)


@pytest.fixture
def store(database: Database) -> PostgresInvitationStore:
    return PostgresInvitationStore(database)


@pytest.fixture
def links(database: Database) -> PostgresInvitationLinks:
    return PostgresInvitationLinks(database)


@pytest.fixture
def invite(company: Company, store: PostgresInvitationStore) -> Callable[..., Invitation]:
    def invited(email: str = EVA, role: Role = "builder") -> Invitation:
        asker = company.asking(company.ana, "owner")
        return store.create(company.id, email=email, role=role, locale="es", asker=asker)

    return invited


@pytest.fixture
def link(
    company: Company, links: PostgresInvitationLinks, invite: Callable[..., Invitation]
) -> Callable[..., str]:
    """The token in the letter, as it leaves."""

    def sent(*args: Any, invitation: Invitation | None = None) -> str:
        made = invitation or invite(*args)
        token = links.mint_for_invitation(company.id, made.id)
        assert token
        return token

    return sent


def newcomers(email: str = "whoever@example.org") -> Newcomer:
    return Newcomer(email=email, name="Eva", locale="es", password_hash=None)


def run_out(platform: Platform) -> None:
    with platform.admin() as connection:
        connection.execute("update platform.invitations set expires_at = now()")


def letters(platform: Platform) -> list[tuple[str, str, dict[str, str]]]:
    with platform.admin() as connection:
        return connection.execute(
            "select kind, locale, body from platform.outbox order by created_at"
        ).fetchall()


# the organization's side


def test_an_invitation_posts_a_letter_that_knows_no_token(
    company: Company, invite: Callable[..., Invitation], platform: Platform
) -> None:
    made = invite()
    assert (made.status, made.email, made.role) == ("open", EVA, "builder")
    [(kind, locale, body)] = letters(platform)
    assert (kind, locale) == ("invitation", "es")
    assert body == {
        "email": EVA,
        "tenant_id": str(company.id),
        "invitation_id": str(made.id),
        "organization_name": "Clínica Sonrisa",
        "invited_by_name": "Ana",
        "role": "builder",
    }


def test_a_refused_invitation_posts_nothing(
    company: Company, store: PostgresInvitationStore, platform: Platform
) -> None:
    viewer = company.asking(company.hire("leo", "viewer"), "admin")
    with pytest.raises(Forbidden):
        store.create(company.id, email=EVA, role="viewer", locale="en", asker=viewer)
    assert letters(platform) == []


def test_nobody_invites_above_their_own_role(
    company: Company, store: PostgresInvitationStore
) -> None:
    admin = company.asking(company.hire("leo", "admin"), "admin")
    with pytest.raises(Forbidden):
        store.create(company.id, email=EVA, role="owner", locale="en", asker=admin)
    assert store.create(company.id, email=EVA, role="admin", locale="en", asker=admin)


def test_a_narrowed_key_invites_nobody_who_may_more_than_it(
    company: Company, store: PostgresInvitationStore
) -> None:
    scopes = frozenset({"people:read", "people:manage"})
    key = Principal(organization_id=company.id, role="owner", key_id=uuid4(), scopes=scopes)
    with pytest.raises(Forbidden):
        store.create(company.id, email=EVA, role="owner", locale="en", asker=key)


@pytest.mark.parametrize(
    ("becomes", "still_open"), [(None, []), ("admin", ["admin"]), ("owner", ["owner", "admin"])]
)
def test_an_invitation_ends_with_its_makers_right_to_it(
    company: Company, store: PostgresInvitationStore, becomes: Role | None, still_open: list[Role]
) -> None:
    """Their own and those of a key of theirs: nobody leaves a way back in."""
    company.buys("starter")
    bea = company.asking(company.hire("bea", "owner"), "owner")
    made = issue(bea, name="k", role="owner", keys=PostgresApiKeyStore(company.database))
    key = Principal(organization_id=company.id, role="owner", key_id=made.id)
    store.create(company.id, email=EVA, role="owner", locale="en", asker=key)
    store.create(company.id, email="max@example.org", role="admin", locale="en", asker=bea)
    members, ana = (
        PostgresMemberStore(company.database),
        company.asking(company.ana, "owner"),
    )
    assert bea.user_id
    if becomes is None:
        members.remove(company.id, bea.user_id, asker=ana)
    else:
        members.change_role(company.id, bea.user_id, becomes, asker=ana)
    listed = store.page(company.id).items
    assert sorted(one.role for one in listed if one.status == "open") == sorted(still_open)


def test_an_address_invited_twice_is_shown_the_open_one_and_the_cure(
    invite: Callable[..., Invitation],
) -> None:
    first = invite()
    with pytest.raises(Conflict) as refused:
        invite(EVA, "viewer")
    assert refused.value.facts["invitation_id"] == str(first.id)
    assert "resend" in refused.value.facts["cure"]


def test_an_expired_invitation_gives_way_to_a_new_one(
    company: Company,
    store: PostgresInvitationStore,
    invite: Callable[..., Invitation],
    platform: Platform,
) -> None:
    invite()
    run_out(platform)
    assert [one.status for one in store.page(company.id).items] == ["expired"]
    invite()
    assert [one.status for one in store.page(company.id).items] == ["open", "revoked"]


def test_a_member_is_not_invited_again(company: Company, invite: Callable[..., Invitation]) -> None:
    eva = company.hire("eva", "viewer")
    with pytest.raises(Conflict, match="a member already, as viewer") as refused:
        invite()
    assert refused.value.facts["user_id"] == str(eva)


def test_only_so_many_are_open_at_a_time(
    invite: Callable[..., Invitation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "OPEN_MAX", 2)
    invite("a@example.org"), invite("b@example.org")
    with pytest.raises(Conflict, match="At most 2"):
        invite("c@example.org")


def test_another_organizations_invitation_is_not_found(
    company: Company,
    store: PostgresInvitationStore,
    invite: Callable[..., Invitation],
    organization: Callable[..., UUID],
) -> None:
    made, stranger = invite(), organization()
    key = company.asking(company.ana, "owner")
    with pytest.raises((NotFound, Forbidden)):
        store.resend(stranger, made.id, asker=key)
    assert store.page(stranger).items == ()


def test_taking_back_twice_is_once(
    company: Company,
    store: PostgresInvitationStore,
    invite: Callable[..., Invitation],
    platform: Platform,
) -> None:
    made, asker = invite(), company.asking(company.ana, "owner")
    store.revoke(company.id, made.id, asker=asker)
    store.revoke(company.id, made.id, asker=asker)
    with platform.admin() as connection:
        lines = connection.execute(
            "select count(*) from platform.audit_log where action = 'invitation.revoked'"
        ).fetchone()
    assert lines == (1,)


def test_an_admin_does_not_take_back_an_owners_invitation(
    company: Company, store: PostgresInvitationStore, invite: Callable[..., Invitation]
) -> None:
    made = invite(EVA, "owner")
    with pytest.raises(Forbidden):
        store.revoke(
            company.id, made.id, asker=company.asking(company.hire("leo", "admin"), "admin")
        )


# the link


def test_the_link_shows_what_it_leads_to(
    links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    seen = links.preview(link())
    assert (seen.organization_name, seen.email, seen.role) == ("Clínica Sonrisa", EVA, "builder")


def test_only_the_link_sent_last_counts(
    company: Company,
    links: PostgresInvitationLinks,
    invite: Callable[..., Invitation],
    link: Callable[..., str],
) -> None:
    made = invite()
    first, second = link(invitation=made), link(invitation=made)
    with pytest.raises(LinkExpired):
        links.preview(first)
    assert links.preview(second).email == EVA


def test_sending_again_ends_the_link_before_the_new_letter_leaves(
    company: Company,
    store: PostgresInvitationStore,
    links: PostgresInvitationLinks,
    invite: Callable[..., Invitation],
    link: Callable[..., str],
) -> None:
    made = invite()
    earlier = link(invitation=made)
    store.resend(company.id, made.id, asker=company.asking(company.ana, "owner"))
    with pytest.raises(LinkExpired):
        links.preview(earlier)


def test_a_letter_about_an_invitation_that_is_over_is_not_sent(
    company: Company,
    store: PostgresInvitationStore,
    links: PostgresInvitationLinks,
    invite: Callable[..., Invitation],
) -> None:
    made = invite()
    store.revoke(company.id, made.id, asker=company.asking(company.ana, "owner"))
    assert links.mint_for_invitation(company.id, made.id) is None
    assert links.mint_for_invitation(uuid4(), made.id) is None


def test_the_invited_person_joins(
    company: Company, database: Database, links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    eva, token = newcomer(database, "eva"), link()
    joined = links.accept(token, person_id=eva)
    assert (joined.organization_id, joined.role) == (company.id, "builder")
    assert company.roles()[eva] == "builder"
    assert [one.id for one in PostgresOrganizationStore(database).mine(eva)] == [company.id]


def test_accepting_again_answers_the_same(
    company: Company, database: Database, links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    eva, token = newcomer(database, "eva"), link()
    assert links.accept(token, person_id=eva) == links.accept(token, person_id=eva)


def test_who_was_removed_does_not_come_back_by_the_old_link(
    company: Company, database: Database, links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    eva, token = newcomer(database, "eva"), link()
    links.accept(token, person_id=eva)
    PostgresMemberStore(database).remove(
        company.id, eva, asker=company.asking(company.ana, "owner")
    )
    with pytest.raises(Forbidden):
        links.accept(token, person_id=eva)


def test_every_reason_not_to_accept_sounds_the_same(
    company: Company,
    database: Database,
    store: PostgresInvitationStore,
    links: PostgresInvitationLinks,
    link: Callable[..., str],
    invite: Callable[..., Invitation],
    platform: Platform,
) -> None:
    eva, leo = newcomer(database, "eva"), newcomer(database, "leo")
    for_eva, taken_back = link(), invite("leo@example.org")
    revoked = link(invitation=taken_back)
    store.revoke(company.id, taken_back.id, asker=company.asking(company.ana, "owner"))
    words = set()
    for token, person in ((for_eva, leo), (revoked, leo), ("never-was-one", leo)):
        with pytest.raises(Forbidden) as refused:
            links.accept(token, person_id=person)
        words.add((refused.value.detail, str(refused.value.facts)))
    run_out(platform)
    with pytest.raises(Forbidden) as refused:
        links.accept(for_eva, person_id=eva)
    assert len(words | {(refused.value.detail, str(refused.value.facts))}) == 1


def test_a_member_who_is_invited_under_their_new_address_is_told_so(
    company: Company, links: PostgresInvitationLinks, link: Callable[..., str], platform: Platform
) -> None:
    leo, token = company.hire("leo", "viewer"), link()
    with platform.admin() as connection:
        connection.execute("update platform.users set email = %s where id = %s", [EVA, leo])
    with pytest.raises(Conflict, match="a member of 'Clínica Sonrisa' already, as viewer"):
        links.accept(token, person_id=leo)


def test_the_link_of_a_deleted_organization_leads_nowhere(
    company: Company, links: PostgresInvitationLinks, link: Callable[..., str], platform: Platform
) -> None:
    token = link()
    with platform.admin() as connection:
        connection.execute(
            "update platform.organizations set deletion_due_at = now(), deleted_at = now()"
        )
    with pytest.raises(LinkExpired):
        links.preview(token)
    with pytest.raises(LinkExpired):
        links.accept_as_new(token, newcomers())


# without an account


def test_who_has_no_account_gets_one_with_the_invited_address(
    company: Company, database: Database, links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    joined = links.accept_as_new(link(), newcomers(email="forged@example.org"))
    [_, eva] = PostgresMemberStore(database).all(company.id)
    assert (eva.user_id, eva.email, eva.role) == (joined.user_id, EVA, "builder")


def test_a_password_that_everybody_tries_is_refused_and_nobody_is_made(
    company: Company, links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    passwords, token = Passwords(memory_kib=8, rounds=1), link()
    with pytest.raises(Exception, match="password"):
        join_as_new(token, "Eva", "Clínica Sonrisa", "es", links=links, passwords=passwords)
    joined = join_as_new(
        token, "Eva", "cuatro palabras bien raras", "es", links=links, passwords=passwords
    )
    assert company.roles()[joined.user_id] == "builder"


def test_who_has_an_account_is_sent_to_sign_in_and_the_link_stays_good(
    company: Company, database: Database, links: PostgresInvitationLinks, link: Callable[..., str]
) -> None:
    eva, token = newcomer(database, "eva"), link()
    with pytest.raises(Conflict, match="account already"):
        links.accept_as_new(token, newcomers())
    assert links.accept(token, person_id=eva).user_id == eva


@pytest.mark.parametrize("statement", range(1, 12))
def test_a_crash_anywhere_leaves_nobody_half_made(
    company: Company,
    database: Database,
    links: PostgresInvitationLinks,
    link: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    statement: int,
) -> None:
    token, seen, real = link(), [], Session.run

    def run(self: Session, query: Any, **values: Any) -> int:
        seen.append(query)
        if len(seen) == statement:
            raise Crash
        return real(self, query, **values)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "run", run)
        try:
            links.accept_as_new(token, newcomers())
        except Crash:
            assert list(company.roles()) == [company.ana]
        else:
            assert statement > len(seen)
            return
    joined = links.accept_as_new(token, newcomers())
    assert company.roles()[joined.user_id] == "builder"


# at the same moment


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_invitation_accepted_twice_at_once_makes_one_member(
    company: Company,
    database: Database,
    links: PostgresInvitationLinks,
    link: Callable[..., str],
    round_: int,
) -> None:
    eva, token = newcomer(database, "eva"), link()
    accept = partial(links.accept, token, person_id=eva)
    assert refusals(at_once(accept, accept, accept)) == []
    assert company.roles()[eva] == "builder"


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_link_makes_one_person(
    company: Company, links: PostgresInvitationLinks, link: Callable[..., str], round_: int
) -> None:
    accept = partial(links.accept_as_new, link(), newcomers())
    assert refusals(at_once(accept, accept)) == ["LinkExpired"]
    assert sorted(company.roles().values()) == ["builder", "owner"]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_taken_back_while_it_is_accepted_is_one_or_the_other(
    company: Company,
    database: Database,
    store: PostgresInvitationStore,
    links: PostgresInvitationLinks,
    invite: Callable[..., Invitation],
    link: Callable[..., str],
    round_: int,
) -> None:
    made, eva = invite(), newcomer(database, "eva")
    outcomes = at_once(
        partial(links.accept, link(invitation=made), person_id=eva),
        partial(store.revoke, company.id, made.id, asker=company.asking(company.ana, "owner")),
    )
    accepted, revoked = (not isinstance(one, Exception) for one in outcomes)
    assert (accepted, eva in company.roles()) == (not revoked, accepted)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_address_invited_twice_at_once_has_one_open_invitation(
    company: Company,
    store: PostgresInvitationStore,
    invite: Callable[..., Invitation],
    platform: Platform,
    round_: int,
) -> None:
    assert refusals(at_once(invite, invite, invite)) == ["Conflict", "Conflict"]
    assert (len(store.page(company.id).items), len(letters(platform))) == (1, 1)


def test_the_database_itself_keeps_one_open_per_address(
    company: Company, invite: Callable[..., Invitation], platform: Platform
) -> None:
    invite()
    with platform.admin() as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "insert into platform.invitations (tenant_id, email, role, invited_by, expires_at)"
            " values (%s, 'EVA@example.org', 'viewer', 'user:x', now())",
            [company.id],
        )


def test_the_outbox_is_the_one_that_letters_leave_from(
    invite: Callable[..., Invitation], database: Database
) -> None:
    made = invite()
    taken = Outbox(database).take(60)
    assert taken
    assert taken.body["invitation_id"] == str(made.id)
