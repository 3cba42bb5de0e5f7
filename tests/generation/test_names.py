import pytest

from chalicelib.errors import ForbiddenPath
from chalicelib.generation.design import design
from chalicelib.generation.names import class_name, identifier, plural, slug, variable
from chalicelib.generation.plan import plan
from tests.generation.business import entity, reference, unchecked


@pytest.mark.parametrize(
    "key", ["class", "id", "pk", "objects", "tenant", "workflow", "rules", "save", "models"]
)
def test_a_reserved_field_gets_a_suffix(key):
    assert identifier(key, "field") == f"{key}_field"


@pytest.mark.parametrize(
    "key", ["", "A", "a b", "a__b", "a_", "_a", "1a", "a;b", "a\n", "ñ", "os.system"]
)
def test_what_is_no_key_is_no_name(key):
    with pytest.raises(ForbiddenPath):
        identifier(key, "field")


def test_a_taken_name_is_counted_on():
    assert identifier("a", "field", {"a", "a_field"}) == "a_2"


@pytest.mark.parametrize(
    "key", ["count", "transition", "decimal", "none", "tenant_form", "range", "migration"]
)
def test_a_model_is_never_called_like_something_its_files_import(key):
    assert class_name(key, ()).endswith("Record") or key == "none"


def test_a_model_is_never_called_like_what_stands_around_another():
    assert class_name("patient_form", ["Patient"]) == "PatientFormRecord"
    assert class_name("patient", ["PatientList"]) == "PatientRecord"
    assert class_name("item1", ["Item_1".replace("_", "")]) == "Item1Record"


def test_addresses_are_plain_ascii_and_apart():
    assert slug("Pacientes del año", "patient", ()) == "pacientes-del-ano"
    assert slug("Admin", "admin_thing", ()) == "admin-2"
    assert slug("🦷", "tooth_row", ()) == "tooth-row"
    assert slug("../..", "thing", {"thing"}) == "thing-2"


@pytest.mark.parametrize(
    ("key", "many"),
    [("cita", "citas"), ("company", "companies"), ("box", "boxes"), ("day", "days")],
)
def test_plurals_are_good_enough(key, many):
    assert plural(key) == many


def test_a_row_never_hides_a_local_of_its_tests():
    assert variable("role") == "one_role"


def test_references_are_found_from_both_sides_by_names_of_their_own():
    made = design_of(
        entity("person", reference("person")),
        entity(
            "game", {**reference("person"), "key": "white"}, {**reference("person"), "key": "black"}
        ),
    )
    names = [related.name for related in made.entity("person").related]
    assert names == ["persons_as_person", "games_as_white", "games_as_black"]


def test_a_column_of_a_reference_is_a_taken_name_too():
    made = design_of(
        entity("person"),
        entity("game", reference("person"), {"key": "person_id", "label": "Id", "type": "text"}),
    )
    assert [field.name for field in made.entity("game").fields] == [
        "name",
        "person",
        "person_id_field",
    ]


def test_choice_classes_of_one_model_differ():
    options = [{"key": "x", "label": "X"}]
    made = design_of(
        entity(
            "thing",
            {"key": "a_1", "label": "One", "type": "choice", "options": options},
            {"key": "a1", "label": "Two", "type": "choice", "options": options},
            {"key": "transition", "label": "Three", "type": "choice", "options": options},
        )
    )
    classes = [field.choices_class for field in made.entity("thing").fields]
    assert classes == [None, "A1", "A1Choice", "TransitionChoice"]


def design_of(*entities):
    asked = unchecked(*entities)
    return design(asked, plan(asked))
