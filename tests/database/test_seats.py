"""Seats of a plan on a real server: people and open invitations, exact however many are invited or accept at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest

from chalicelib.adapters.database import Database
from chalicelib.adapters.invitation_links import PostgresInvitationLinks
from chalicelib.adapters.invitation_store import PostgresInvitationStore
from chalicelib.adapters.membership_store import PostgresMemberStore
from chalicelib.adapters.organization_store import PostgresOrganizationStore
from chalicelib.errors import PaymentRequired, SeatsReached
from chalicelib.identity.people import Newcomer
from chalicelib.tenancy.invitations import Invitation
from tests.database.company import Company, at_once, founded, newcomer, refusals
from tests.database.world import Platform

Invite = Callable[..., Invitation]
Link = Callable[[str], tuple[UUID, str]]


@pytest.fixture
def company(database: Database) -> Company:
    """On the free plan: three seats, one of them Ana's."""
    return founded(database)


@pytest.fixture
def store(database: Database) -> PostgresInvitationStore:
    return PostgresInvitationStore(database)


@pytest.fixture
def links(database: Database) -> PostgresInvitationLinks:
    return PostgresInvitationLinks(database)


@pytest.fixture
def invite(company: Company, store: PostgresInvitationStore) -> Invite:
    def invited(name: str = "eva") -> Invitation:
        asker = company.asking(company.ana, "owner")
        email = f"{name}@example.org"
        return store.create(company.id, email=email, role="builder", locale="es", asker=asker)

    return invited


@pytest.fixture
def link(
    company: Company, database: Database, links: PostgresInvitationLinks, invite: Invite
) -> Link:
    """Somebody who is invited, and the token of their letter."""

    def sent(name: str) -> tuple[UUID, str]:
        token = links.mint_for_invitation(company.id, invite(name).id)
        assert token
        return newcomer(database, name), token

    return sent


def seats(company: Company) -> tuple[int, int]:
    quota = PostgresOrganizationStore(company.database).quota(company.id)
    return quota.seats.used, quota.seats.limit


def run_out(platform: Platform) -> None:
    with platform.admin() as connection:
        connection.execute("update platform.invitations set expires_at = now()")


def owes(platform: Platform, state: str) -> None:
    with platform.admin() as connection:
        connection.execute("update platform.organizations set billing_state = %s", [state])


def test_people_and_open_invitations_fill_the_seats(company: Company, invite: Invite) -> None:
    invite("eva"), invite("leo")
    assert seats(company) == (3, 3)
    with pytest.raises(SeatsReached) as refused:
        invite("max")
    assert refused.value.facts == {"limit": 3, "used": 3, "plan": "free", "next_plan": "starter"}
    assert str(refused.value) == (
        "All 3 seats of the plan free are taken by people and open invitations. "
        "Remove somebody, take an invitation back, or change to starter (5)."
    )


def test_a_bigger_plan_has_room(company: Company, invite: Invite) -> None:
    invite("eva"), invite("leo")
    company.buys("starter")
    invite("max"), invite("bea")
    with pytest.raises(SeatsReached):
        invite("zoe")


def test_who_is_removed_and_what_is_taken_back_make_room(
    company: Company, store: PostgresInvitationStore, invite: Invite
) -> None:
    leo = company.hire("leo", "viewer")
    open_one, ana = invite("eva"), company.asking(company.ana, "owner")
    PostgresMemberStore(company.database).remove(company.id, leo, asker=ana)
    invite("max")
    store.revoke(company.id, open_one.id, asker=ana)
    invite("bea")
    assert seats(company) == (3, 3)


def test_an_invitation_that_expired_holds_no_seat_until_it_is_sent_again(
    company: Company, store: PostgresInvitationStore, invite: Invite, platform: Platform
) -> None:
    expired, ana = invite("eva"), company.asking(company.ana, "owner")
    run_out(platform)
    invite("leo"), invite("max")
    with pytest.raises(SeatsReached):
        store.resend(company.id, expired.id, asker=ana)


def test_an_open_invitation_is_sent_again_with_its_own_seat(
    company: Company, store: PostgresInvitationStore, invite: Invite
) -> None:
    invite("leo")
    last = invite("eva")
    assert store.resend(company.id, last.id, asker=company.asking(company.ana, "owner"))
    assert seats(company) == (3, 3)


def test_whoever_accepts_has_the_seat_of_the_invitation(
    company: Company, links: PostgresInvitationLinks, link: Link
) -> None:
    eva, token = link("eva")
    link("leo")
    links.accept(token, person_id=eva)
    assert (seats(company), eva in company.roles()) == ((3, 3), True)


def test_on_a_plan_that_became_too_small_nobody_joins_and_nobody_is_thrown_out(
    company: Company, links: PostgresInvitationLinks, link: Link
) -> None:
    company.buys("starter")
    for name in ("leo", "max"):
        company.hire(name, "viewer")
    eva, token = link("eva")
    company.buys("free")
    with pytest.raises(SeatsReached) as refused:
        links.accept(token, person_id=eva)
    assert refused.value.facts == {"limit": 3, "used": 3}
    assert len(company.roles()) == 3
    company.buys("starter")
    assert links.accept(token, person_id=eva)


def test_nobody_new_joins_a_plan_that_became_too_small_and_no_account_is_left_behind(
    company: Company, links: PostgresInvitationLinks, invite: Invite, platform: Platform
) -> None:
    company.buys("starter")
    company.hire("leo", "viewer"), company.hire("max", "viewer")
    token = links.mint_for_invitation(company.id, invite("eva").id)
    company.buys("free")
    new = Newcomer(email="x@example.org", name="Eva", locale="es", password_hash=None)
    with pytest.raises(SeatsReached):
        links.accept_as_new(token or "", new)
    with platform.admin() as connection:
        query = "select count(*) from platform.users where email = 'eva@example.org'"
        assert connection.execute(query).fetchall() == [(0,)]


def test_twenty_invited_at_once_get_the_two_seats_that_are_left(
    company: Company, invite: Invite
) -> None:
    answers = at_once(*(partial(invite, f"person{number}") for number in range(20)))
    assert refusals(answers) == ["SeatsReached"] * 18
    assert seats(company) == (3, 3)


def test_many_who_accept_at_once_fill_a_plan_that_became_smaller_to_the_last_seat(
    company: Company, links: PostgresInvitationLinks, link: Link
) -> None:
    company.buys("pro")
    invited = [link(f"person{number}") for number in range(8)]
    company.buys("starter")
    answers = at_once(*(partial(links.accept, token, person_id=one) for one, token in invited))
    assert refusals(answers) == ["SeatsReached"] * 4
    assert len(company.roles()) == 5


def test_invited_and_accepted_at_once_never_take_more_seats_than_there_are(
    company: Company, links: PostgresInvitationLinks, link: Link, invite: Invite
) -> None:
    company.buys("starter")
    invited = [link(f"person{number}") for number in range(3)]
    answers = at_once(
        *(partial(links.accept, token, person_id=one) for one, token in invited),
        *(partial(invite, f"other{number}") for number in range(6)),
    )
    assert refusals(answers) == ["SeatsReached"] * 5
    assert (seats(company), len(company.roles())) == ((5, 5), 4)


def test_a_read_only_organization_takes_no_new_seat_and_gives_seats_free(
    company: Company,
    store: PostgresInvitationStore,
    links: PostgresInvitationLinks,
    link: Link,
    invite: Invite,
    platform: Platform,
) -> None:
    eva, token = link("eva")
    ana = company.asking(company.ana, "owner")
    owes(platform, "read_only")
    with pytest.raises(PaymentRequired):
        invite("leo")
    assert links.accept(token, person_id=eva)  # the seat was taken when it was offered
    PostgresMemberStore(company.database).remove(company.id, eva, asker=ana)
    run_out(platform)
    assert seats(company) == (1, 3)


def test_a_read_only_organization_sends_no_expired_invitation_again(
    company: Company, store: PostgresInvitationStore, invite: Invite, platform: Platform
) -> None:
    expired = invite("eva")
    run_out(platform)
    owes(platform, "read_only")
    with pytest.raises(PaymentRequired):
        store.resend(company.id, expired.id, asker=company.asking(company.ana, "owner"))


@pytest.mark.parametrize("state", ["past_due", "grace", "lapsed"])
def test_in_the_other_states_people_are_invited_as_ever(
    invite: Invite, platform: Platform, state: str
) -> None:
    owes(platform, state)
    assert invite("eva")
