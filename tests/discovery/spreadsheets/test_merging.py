"""What a spreadsheet adds to an MVS that is there already, and which rows fit what became of it."""

from __future__ import annotations

import pytest
import yaml

from chalicelib.discovery.import_rows import Part, first_rows
from chalicelib.discovery.spreadsheets.merging import merged
from chalicelib.discovery.spreadsheets.reading import read_spreadsheet
from chalicelib.errors import InvalidMvs
from chalicelib.mvs.reading import read_mvs

PATIENTS = """\
Nombre y apellidos;DNI o NIE;Fecha de nacimiento;Teléfono;Mutua
Ana Ruiz;12345678Z;03/04/1981;600 111 222;Adeslas
Luis Gil;00345678A;15/07/1990;600 111 223;Sanitas
Eva Sanz;22345678A;16/07/1990;600 111 224;Adeslas
"""


@pytest.fixture
def clinic():
    with open("examples/clinica-dental.yaml") as file:
        return yaml.safe_load(file)


@pytest.fixture
def found():
    return read_spreadsheet(PATIENTS.encode(), "Pacientes.csv")


def entity(mvs, key):
    return next(one for one in mvs["entities"] if one["key"] == key)


def test_a_thing_that_is_known_is_extended_and_keeps_what_was_said_of_it(clinic, found):
    made = merged(clinic, found.fragment)
    assert [one["key"] for one in made.mvs["entities"]] == [one["key"] for one in clinic["entities"]]  # fmt: skip
    patient = entity(made.mvs, "patient")
    assert patient["fields"][-1] == {"key": "mutua", "label": "Mutua", "type": "text"}
    assert patient["permissions"] == entity(clinic, "patient")["permissions"]
    assert made.placed == {
        "paciente": {
            "entity": "patient",
            "fields": {
                "nombre_y_apellidos": "full_name",
                "dni_o_nie": "national_id",
                "fecha_de_nacimiento": "birth_date",
                "telefono": "phone",
                "mutua": "mutua",
            },
        }
    }


def test_what_is_new_is_added_for_people_to_say_who_may_see_it(clinic):
    found = read_spreadsheet(b"Proveedor;Ciudad\nDentalia;Madrid\nOdonto;Vigo\n", "Proveedores.csv")
    made = merged(clinic, found.fragment).mvs
    assert entity(made, "proveedor").get("permissions", {}) == {}
    assert len(made["demo"]["proveedor"]) == 2


def test_made_up_rows_never_name_rows_that_were_there_before(clinic):
    text = "Nº visita;Paciente (DNI o NIE)\nV1;12345678Z\nV2;00345678A\nV3;22345678A\n"
    first = merged(clinic, read_spreadsheet(PATIENTS.encode(), "Pacientes.csv").fragment).mvs
    visits = read_spreadsheet(text.encode(), "Visitas.csv").fragment
    visits["entities"][0]["fields"][1] |= {"type": "reference", "to": "patient", "required": True}
    assert (
        "visita"
        not in merged(first, {**visits, "entities": [*visits["entities"], *patients(first)]}).mvs[
            "demo"
        ]
    )


def patients(mvs):
    return [entity(mvs, "patient")]


def test_the_same_file_twice_changes_nothing_the_second_time(found):
    once = merged(None, found.fragment).mvs
    assert merged(once, found.fragment).mvs == once


def test_more_things_than_an_mvs_may_hold_are_refused(found):
    entities = [
        {**found.fragment["entities"][0], "key": f"thing{n}", "label": f"T{n}", "plural": f"Ts{n}"}
        for n in range(61)
    ]
    with pytest.raises(InvalidMvs):
        merged(None, {**found.fragment, "entities": entities, "demo": {}})


def test_rows_follow_their_columns_to_where_they_went(clinic, found):
    made = merged(clinic, found.fragment)
    rows = first_rows(read_mvs(made.mvs), [Part(1, made.placed, found.rows)])
    assert rows["patient"][0] == {
        "_id": "1.r2",
        "_at": "Pacientes!2",
        "full_name": "Ana Ruiz",
        "national_id": "12345678Z",
        "birth_date": "1981-04-03",
        "phone": "600 111 222",
        "mutua": "Adeslas",
    }


def test_values_that_no_longer_fit_and_fields_that_are_gone_are_left_out(found):
    made = merged(None, found.fragment)
    fields = entity(made.mvs, "paciente")["fields"]
    fields[:] = [field for field in fields if field["key"] != "mutua"]
    for field in fields:
        if field["key"] == "telefono":
            field["type"] = "date"
    made.mvs["demo"] = {}
    rows = first_rows(read_mvs(made.mvs), [Part(1, made.placed, found.rows)])
    assert rows["paciente"][0].keys() == {"_id", "_at", "nombre_y_apellidos", "dni_o_nie", "fecha_de_nacimiento"}  # fmt: skip


def test_two_files_of_one_thing_give_rows_that_are_not_mixed_up(found):
    made = merged(None, found.fragment)
    parts = [Part(n, made.placed, found.rows) for n in (1, 2)]
    rows = first_rows(read_mvs(made.mvs), parts)["paciente"]
    assert len({row["_id"] for row in rows}) == len(rows) == 6


def test_a_thing_that_was_removed_takes_its_rows_along(found):
    made = merged(None, found.fragment)
    gone = {"paciente": {**made.placed["paciente"], "entity": "ghost"}}
    assert first_rows(read_mvs(made.mvs), [Part(1, gone, found.rows)]) == {}
