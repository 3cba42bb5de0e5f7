"""Languages, words, parts: what an entry says, and how one is laid over the other."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalog.blueprints import matching, plain, starting_mvs
from chalicelib.catalog.languages import in_language
from chalicelib.catalog.records import Blueprint, Overlay
from chalicelib.errors import InvalidMvs
from tests.catalogue import blueprints, overlays
from tests.generation.business import around, entity, reference


def blueprint(*entities: dict[str, Any], **more: Any) -> Blueprint:
    mvs = around(*entities) | {"demo": {}}
    body = {"name": {"es": "Tienda", "en": "Shop"}, "words": ["tienda"], "mvs": mvs} | more
    return Blueprint(key="shop", locale="en", body=body, is_shared=False)


def overlay(**body: Any) -> Overlay:
    return Overlay(key="health", locale="en", body={"name": "Health"} | body, is_shared=False)


def client(**more: Any) -> dict[str, Any]:
    return entity("customer", plays="customer", **more)


def test_a_text_is_read_in_the_language_asked_for_or_else_the_other() -> None:
    both = {"es": "Cita", "en": "Appointment"}
    assert in_language({"label": both, "key": "x"}, "en") == {"label": "Appointment", "key": "x"}
    assert in_language([{"es": "Solo español"}], "en") == ["Solo español"]


def test_a_blueprint_in_one_language_is_as_good_as_one_in_two() -> None:
    mvs = starting_mvs(blueprint(client()), None, "es")
    assert mvs["entities"][0]["label"] == "Customer"
    assert "plays" not in mvs["entities"][0]


def test_the_name_is_the_persons_or_the_blueprints() -> None:
    entry = blueprint(client())
    del entry.body["mvs"]["name"]  # type: ignore[attr-defined]
    assert starting_mvs(entry, None, "es")["name"] == "Tienda"
    assert starting_mvs(entry, None, "es", "La mía")["name"] == "La mía"


def test_an_entry_is_not_changed_by_starting_from_it() -> None:
    first = starting_mvs(blueprints()[0], overlays()[0], "es")
    assert starting_mvs(blueprints()[0], overlays()[0], "es") == first


def test_an_overlay_says_its_own_words_and_leaves_keys_alone() -> None:
    told = client(
        description="A customer, or several Customers.", label="Customer", plural="Customers"
    )
    calls = {"customer": "patient", "customers": "patients"}
    found = starting_mvs(blueprint(told), overlay(calls=calls), "en")["entities"][0]
    assert (found["key"], found["label"], found["plural"]) == ("customer", "Patient", "Patients")
    assert found["description"] == "A patient, or several Patients."


def test_words_are_changed_in_examples_but_not_in_their_keys() -> None:
    entry = blueprint(client())
    entry.body["mvs"]["demo"] = {"customer": [{"_id": "customer", "name": "Our first customer"}]}
    mvs = starting_mvs(entry, overlay(calls={"customer": "patient"}), "en")
    assert mvs["demo"]["customer"] == [{"_id": "customer", "name": "Our first patient"}]


def test_what_an_overlay_says_of_a_part_nobody_plays_is_left_out() -> None:
    added = entity("consent", reference("$customer"), like="customer")
    tile = {"label": "Consents", "entity": "consent"}
    mvs = starting_mvs(blueprint(entity("product")), overlay(adds=[added], tiles=[tile]), "en")
    assert [one["key"] for one in mvs["entities"]] == ["product"]


def test_an_added_thing_may_be_used_by_whoever_uses_what_it_is_like() -> None:
    added = entity("consent", {**reference("$customer"), "key": "person"}, like="customer")
    del added["permissions"]
    mvs = starting_mvs(blueprint(client()), overlay(adds=[added]), "en")
    assert mvs["entities"][1]["permissions"] == {"clerk": ["view"]}
    assert mvs["entities"][1]["fields"][1]["to"] == "customer"


def test_a_field_of_the_same_key_takes_the_place_of_the_blueprints() -> None:
    field = {"key": "name", "label": "Full name", "type": "text", "required": True}
    mvs = starting_mvs(blueprint(client()), overlay(parts={"customer": {"fields": [field]}}), "en")
    assert mvs["entities"][0]["fields"] == [field]


def test_an_own_overlay_that_does_not_fit_is_refused_with_the_place() -> None:
    wrong = overlay(parts={"customer": {"fields": [reference("nowhere") | {"to": "customer"}]}})
    wrong.body["parts"]["customer"]["rules"] = [
        {"type": "range", "field": "nothing", "min": 0, "text": "x"}
    ]
    with pytest.raises(InvalidMvs) as refused:
        starting_mvs(blueprint(client()), wrong, "en")
    assert refused.value.facts["errors"][0]["path"].startswith("entities[0].rules[0]")


def test_words_are_found_whatever_their_case_accents_and_number() -> None:
    assert plain("  ¡Clínica Dental, S.L.! ") == "clinica dental s l"
    found = matching("Tengo dos TIENDAS", [blueprint(client())])
    assert found[0].words == ("tienda",)


def test_part_of_a_word_is_not_the_word() -> None:
    assert matching("los tenderos", [blueprint(client())]) == []


def test_a_word_that_others_list_too_weighs_less() -> None:
    rare = Blueprint(key="rare", locale="en", body={"words": ["shop", "goldsmith"]}, is_shared=True)
    common = Blueprint(key="common", locale="en", body={"words": ["shop"]}, is_shared=True)
    found = matching("a goldsmith's shop", [common, rare])
    assert [(one.entry.key, one.score) for one in found] == [("rare", 1.5), ("common", 0.5)]


@pytest.mark.parametrize("text", ["", "   ", "¿?", "xyzzy", "\x00" * 50, "a" * 100_000])
def test_what_says_nothing_matches_nothing(text: str) -> None:
    assert matching(text, blueprints()) == []
