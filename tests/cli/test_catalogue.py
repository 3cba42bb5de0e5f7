"""What to start from, on the command line."""

import json

from cli.mvs_file import load_mvs_text


def test_blueprints_are_listed_in_the_language_spoken(fragua):
    assert "Citas y reservas" in fragua("blueprints", "--lang", "es").out
    assert "Appointments" in fragua("blueprints", "--lang", "en").out


def test_industries_are_listed_with_what_they_add(fragua):
    assert "Consentimientos" in fragua("overlays", "--lang", "es").out


def test_a_blueprint_is_printed_as_a_file_to_generate_from(fragua, tmp_path):
    said = fragua("blueprints", "bookings", "--industry", "health", "--name", "Sonrisa")
    assert load_mvs_text(said.out)["name"] == "Sonrisa"
    file = tmp_path / "mine.yaml"
    file.write_text(said.out)
    assert fragua("validate", str(file)).code == 0


def test_json_is_the_whole_answer(fragua):
    assert len(json.loads(fragua("blueprints", "--json").out)) >= 8
    assert len(json.loads(fragua("overlays", "--json").out)) >= 4
    assert json.loads(fragua("blueprints", "crm", "--json").out)["mvs"]["industry"] == "sales"


def test_an_unknown_blueprint_is_refused(fragua):
    assert fragua("blueprints", "nothing_like_it").code == 1
