"""Who a provider's profile is: known, found by their proved address, new; and what may not lead to anybody."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chalicelib.errors import Conflict, NotFound, UnverifiedEmail
from chalicelib.identity.oauth import Profile
from chalicelib.identity.provider_people import chosen, link, newcomer, person_of, unlink
from tests.fakes_oauth import PeopleAndIdentities


def profile(**changed):
    told = {
        "provider": "google",
        "subject": "1080",
        "email": "ana@example.com",
        "name": "Ana Pérez",
    }
    return Profile(**told | changed)


@pytest.fixture
def people():
    return PeopleAndIdentities()


def found(people, locale="es", **changed):
    return person_of(profile(**changed), locale=locale, people=people, identities=people)


def test_somebody_new_becomes_a_person_with_an_organization_named_after_them(people):
    new = found(people)
    assert new.is_new
    assert people.by_email("ana@example.com").user_id == new.user_id
    assert people.organizations[new.user_id] == "Organización de Ana Pérez"
    assert [one.provider for one in people.linked(new.user_id)] == ["google"]


def test_the_organization_is_named_in_the_language_of_the_request(people):
    assert newcomer(profile(), "ana@example.com", "en").organization_name == (
        "Ana Pérez's organization"
    )


def test_a_known_identity_leads_to_its_person_whatever_their_address_is_now(people):
    ana = found(people).user_id
    assert found(people, email="another@example.com").user_id == ana
    assert found(people, email="").user_id == ana


def test_a_proved_address_leads_to_its_person_who_is_linked_and_told(people):
    ana = people.add("ana@example.com")
    assert found(people, email="Ana@Example.com").user_id == ana
    assert people.letters == [(ana, "google", "linked")]
    assert people.by_identity("google:1080") == ana


def test_an_unproved_address_leads_to_nobody_and_says_what_to_do(people):
    people.add("ana@example.com")
    with pytest.raises(UnverifiedEmail, match="Verify it there"):
        found(people, email="")
    assert people.rows == {}


def test_an_address_we_could_not_write_to_is_refused(people):
    with pytest.raises(UnverifiedEmail, match="Use another one"):
        found(people, email="not an address")


def test_the_same_subject_at_another_provider_is_somebody_else(people):
    ana = found(people).user_id
    berta = found(people, provider="github", email="berta@example.com").user_id
    assert ana != berta


def test_who_has_the_mailbox_only_leaves_no_way_in_behind_where_there_is_a_second_factor(people):
    ana = people.add("ana@example.com", second_factor_at=datetime.now(UTC))
    assert found(people).user_id == ana
    assert people.linked(ana) == []
    assert people.by_identity("google:1080") is None


def test_another_account_of_the_same_provider_is_not_linked_over_the_first(people):
    ana = people.add("ana@example.com")
    found(people)
    assert found(people, subject="2").user_id == ana
    assert people.by_identity("google:2") is None


def test_two_who_are_made_at_once_are_one(people):
    join = people.join

    def late(newcomer, profile):
        people.join = join
        join(newcomer, profile)
        return None

    people.join = late
    assert not found(people).is_new
    assert len(people.accounts) == 1


@pytest.mark.parametrize("subject", ["", " ", "1 2", "1\n", "x" * 201, "ñ"])
def test_a_subject_that_can_not_be_kept_leads_to_nobody(people, subject):
    with pytest.raises(UnverifiedEmail):
        found(people, subject=subject)


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


def test_linking_by_hand_asks_for_no_address(people):
    ana = people.add("ana@example.com")
    link(ana, profile(email=""), identities=people)
    assert people.by_identity("google:1080") == ana


def test_an_identity_of_somebody_else_is_not_taken_over(people):
    found(people)
    berta = people.add("berta@example.com")
    with pytest.raises(Conflict):
        link(berta, profile(), identities=people)


def test_the_last_way_in_is_not_removed(people):
    ana = found(people).user_id
    with pytest.raises(Conflict, match="only way"):
        unlink(ana, "google", identities=people)
    link(ana, profile(provider="github"), identities=people)
    unlink(ana, "google", identities=people)
    with pytest.raises(NotFound):
        unlink(ana, "google", identities=people)
    with pytest.raises(Conflict, match="only way"):
        unlink(ana, "github", identities=people)


def test_with_a_password_every_provider_may_go(people):
    ana = people.add("ana@example.com")
    link(ana, profile(), identities=people)
    unlink(ana, "google", identities=people)
    assert people.by_identity("google:1080") is None


def test_a_provider_that_is_not_offered_is_not_found_and_says_what_is():
    with pytest.raises(NotFound, match=r"offered: github"):
        chosen("google", {"github": object()})
    with pytest.raises(NotFound, match=r"offered: none"):
        chosen(str(uuid4()), {})
