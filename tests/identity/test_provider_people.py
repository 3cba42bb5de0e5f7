"""Who a provider's profile is: known, found by their proved address, new; and what may not lead to anybody."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chalicelib.errors import Conflict, NotFound, UnverifiedEmail
from chalicelib.identity.oauth import Profile
from chalicelib.identity.people import Newcomer
from chalicelib.identity.provider_people import chosen, link, newcomer, person_of, unlink
from tests.fakes_mail import Outbox
from tests.fakes_oauth import Identities
from tests.fakes_people import OneTimeTokens, People
from tests.fakes_sessions import Standings


def profile(**changed):
    told = {
        "provider": "google",
        "subject": "1080",
        "email": "ana@example.com",
        "name": "Ana Pérez",
    }
    return Profile(**told | changed)


class World:
    """Nobody yet, and who comes."""

    def __init__(self):
        self.people, self.outbox = People(OneTimeTokens(), Standings()), Outbox()
        self.identities = Identities(self.people, self.outbox)

    def add(self, email, *, second_factor_at=None):
        newcomer = Newcomer(email=email, name="Somebody", locale="en", password_hash="$argon2id$")
        user_id = self.people.add(newcomer).user_id
        account = self.people.accounts[user_id]
        self.people.accounts[user_id] = replace(
            account, second_factor_confirmed_at=second_factor_at
        )
        return user_id

    def found(self, locale="es", **changed):
        ports = {"people": self.people, "identities": self.identities}
        return person_of(profile(**changed), locale=locale, **ports)

    def by_identity(self, identity):
        return self.people.by_identity(identity)

    def linked(self, user_id):
        return [one.provider for one in self.identities.linked(user_id)]

    def letters(self):
        return [(one.kind, one.body["provider"]) for one in self.outbox.letters.values()]


@pytest.fixture
def world():
    return World()


def test_somebody_new_becomes_a_person_with_an_organization_named_after_them(world):
    new = world.found()
    assert new.is_new
    assert world.people.by_email("ana@example.com").user_id == new.user_id
    assert [one.name for one in world.people.mine(new.user_id)] == ["Organización de Ana Pérez"]
    assert world.linked(new.user_id) == ["google"]


def test_the_organization_is_named_in_the_language_of_the_request(world):
    assert newcomer(profile(), "ana@example.com", "en").organization_name == (
        "Ana Pérez's organization"
    )


def test_a_known_identity_leads_to_its_person_whatever_their_address_is_now(world):
    ana = world.found().user_id
    assert world.found(email="another@example.com").user_id == ana
    assert world.found(email="").user_id == ana


def test_a_proved_address_leads_to_its_person_who_is_linked_and_told(world):
    ana = world.add("ana@example.com")
    assert world.found(email="Ana@Example.com").user_id == ana
    assert world.letters() == [("identity_linked", "Google")]
    assert world.by_identity("google:1080") == ana


def test_an_unproved_address_leads_to_nobody_and_says_what_to_do(world):
    world.add("ana@example.com")
    with pytest.raises(UnverifiedEmail, match="Verify it there"):
        world.found(email="")
    assert world.identities.rows == {}


def test_an_address_we_could_not_write_to_is_refused(world):
    with pytest.raises(UnverifiedEmail, match="Use another one"):
        world.found(email="not an address")


def test_the_same_subject_at_another_provider_is_somebody_else(world):
    ana = world.found().user_id
    berta = world.found(provider="github", email="berta@example.com").user_id
    assert ana != berta


def test_who_has_the_mailbox_only_leaves_no_way_in_behind_where_there_is_a_second_factor(world):
    ana = world.add("ana@example.com", second_factor_at=datetime.now(UTC))
    assert world.found().user_id == ana
    assert world.linked(ana) == []
    assert world.by_identity("google:1080") is None


def test_another_account_of_the_same_provider_is_not_linked_over_the_first(world):
    ana = world.add("ana@example.com")
    world.found()
    assert world.found(subject="2").user_id == ana
    assert world.by_identity("google:2") is None


def test_two_who_are_made_at_once_are_one(world):
    join = world.identities.join

    def late(newcomer, profile):
        world.identities.join = join
        join(newcomer, profile)

    world.identities.join = late
    assert not world.found().is_new
    assert len(world.people.accounts) == 1


@pytest.mark.parametrize("subject", ["", " ", "1 2", "1\n", "x" * 201, "ñ"])
def test_a_subject_that_can_not_be_kept_leads_to_nobody(world, subject):
    with pytest.raises(UnverifiedEmail):
        world.found(subject=subject)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ana\u202egnp.exe", "Anagnp.exe"),
        ("  Ana \n Pérez\x00 ", "Ana Pérez"),
        ("", "ana"),
        ("\u200b", "ana"),
        ("A" * 500, "A" * 120),
    ],
)
def test_a_name_written_elsewhere_is_kept_as_far_as_it_can_be_seen(name, kept):
    new = newcomer(profile(name=name), "ana@example.com", "en")
    assert new.name == kept
    assert len(new.organization_name) <= 120


def test_linking_by_hand_asks_for_no_address(world):
    ana = world.add("ana@example.com")
    link(ana, profile(email=""), identities=world.identities)
    assert world.by_identity("google:1080") == ana


def test_an_identity_of_somebody_else_is_not_taken_over(world):
    world.found()
    berta = world.add("berta@example.com")
    with pytest.raises(Conflict):
        link(berta, profile(), identities=world.identities)


def test_the_last_way_in_is_not_removed(world):
    ana = world.found().user_id
    with pytest.raises(Conflict, match="only way"):
        unlink(ana, "google", identities=world.identities)
    link(ana, profile(provider="github"), identities=world.identities)
    unlink(ana, "google", identities=world.identities)
    with pytest.raises(NotFound):
        unlink(ana, "google", identities=world.identities)
    with pytest.raises(Conflict, match="only way"):
        unlink(ana, "github", identities=world.identities)


def test_with_a_password_every_provider_may_go(world):
    ana = world.add("ana@example.com")
    link(ana, profile(), identities=world.identities)
    unlink(ana, "google", identities=world.identities)
    assert world.by_identity("google:1080") is None


def test_a_provider_that_is_not_offered_is_not_found_and_says_what_is():
    with pytest.raises(NotFound, match=r"offered: github"):
        chosen("google", {"github": object()})
    with pytest.raises(NotFound, match=r"offered: none"):
        chosen(str(uuid4()), {})
