import pytest

from chalicelib.generation.app_design import AppDesign
from chalicelib.generation.design import design
from chalicelib.generation.plan import plan
from chalicelib.generation.prd import Prd, prd, prd_markdown
from chalicelib.generation.trace import Trace, trace
from chalicelib.mvs.reading import read_mvs
from tests.generation.business import DENTAL, entity, example, kitchen_sink, mvs, names, reference
from tests.mvs.hostile import ACCEPTED_HOSTILE


def designed(asked) -> AppDesign:
    return design(asked, plan(asked))


@pytest.mark.parametrize("name", names())
def test_documents_survive_their_json(name):
    asked = example(name)
    made = designed(asked)
    assert AppDesign.from_json(made.to_json()) == made
    written = prd(asked, plan(asked))
    assert Prd.from_json(written.to_json()) == written
    traced = trace(asked, made)
    assert Trace.from_json(traced.to_json()) == traced


def test_the_kitchen_sink_survives_its_json_too():
    made = designed(kitchen_sink())
    assert AppDesign.from_json(made.to_json()) == made


def test_a_list_shows_the_title_first_and_the_state():
    appointment = designed(example(DENTAL)).entity("appointment")
    assert appointment.columns == (
        "reason",
        "patient",
        "practitioner",
        "chair",
        "starts_at",
        "status",
    )
    assert appointment.filters == ("status", "starts_at", "patient", "practitioner")
    assert appointment.search_fields == ("reason", "patient__full_name", "practitioner__name")
    assert appointment.ordering == ("-starts_at",)
    assert appointment.calendar_field == "starts_at"


def test_what_a_transition_asks_for_is_not_on_a_new_rows_form():
    appointment = designed(example(DENTAL)).entity("appointment")
    assert appointment.later_fields == ("cancel_reason",)
    cancel = next(t for t in appointment.workflow.transitions if t.name == "cancel")
    assert cancel.asks == ("cancel_reason",)


def test_the_state_begins_at_the_initial_one_and_is_never_written():
    status = designed(example(DENTAL)).entity("appointment").field("status")
    assert status.default == "requested"
    assert not status.is_written


def test_numbers_with_places_are_kept_as_text():
    kitchen = designed(kitchen_sink()).entity("role")
    assert kitchen.field("amount").default == "9.99"
    assert [rule.minimum for rule in kitchen.rules if rule.field == "amount"] == ["0.5"]


def test_demo_rows_come_after_those_they_refer_to():
    asked = mvs(
        entity("person", reference("person")),
        demo={"person": [{"name": "B", "person": "a"}, {"name": "A", "_id": "a"}]},
    )
    assert [row["name"] for row in designed(asked).demo["person"]] == ["A", "B"]


def test_the_prd_speaks_the_apps_language_and_names_its_engine():
    spanish = prd_markdown(prd(example(DENTAL), plan(example(DENTAL))))
    assert spanish.startswith("# Clínica Dental Sonrisa: Requisitos\n")
    assert "offline engine" in spanish
    for wanted in ("## Personas", "**R1**", "## Cómo se sabrá que funciona", "## Queda fuera"):
        assert wanted in spanish
    english = prd_markdown(prd(kitchen_sink(), plan(kitchen_sink())))
    assert "## What must hold" in english
    assert "Out of scope" not in english


@pytest.mark.parametrize("name", dict(ACCEPTED_HOSTILE))
def test_a_hostile_mvs_makes_no_markup_of_its_own_in_the_prd(name):
    asked = read_mvs(dict(ACCEPTED_HOSTILE)[name])
    plain = [line for line in prd_markdown(prd(asked, plan(asked))).splitlines() if "<" in line]
    assert all("\\<" in line for line in plain)
