"""`fragua discover`: a conversation in the terminal that ends in an app, or is gone on with later."""

import json

import pytest
import yaml

from chalicelib.settings import read_settings
from tests.door import SETTINGS

BRIEF = "Tengo una clínica dental que se llama Sonrisa"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("cli.talking.POLL_S", 0.01)
    monkeypatch.setattr("cli.talking.POLL_S_MAX", 0.01)


@pytest.fixture
def with_a_model(world, quick):
    world.settings = read_settings({**SETTINGS, "FRAGUA_ENGINE": "claude"})
    return world


def one(fragua):
    (only,) = json.loads(fragua("discoveries", "--json").out)
    return only


def test_a_brief_and_an_approval_make_an_app(fragua, ends):
    ends("succeed", url="http://localhost:8101")
    said = fragua(
        "discover", BRIEF, "--json", given="añade el campo alergias a pacientes\n/approve\n"
    )
    answer = json.loads(said.out.splitlines()[-1])
    assert (said.code, answer["status"], answer["url"]) == (0, "succeeded", "http://localhost:8101")
    assert "+ Pacientes: campo nuevo Alergias (texto)" in said.err
    assert "/100" in said.err
    assert one(fragua)["app_id"] == answer["app_id"]


def test_approving_can_be_said_in_plain_words(fragua):
    said = fragua("discover", BRIEF, "--no-wait", given="Apruébala.\n")
    assert said.code == 0
    assert one(fragua)["status"] == "approved"


def test_whoever_stops_is_told_how_to_go_on_and_can(fragua):
    said = fragua("discover", BRIEF, given="quita salas\n/quit\n")
    kept = one(fragua)
    assert (said.code, kept["status"]) == (0, "open")
    assert f"fragua discover --continue {kept['id']}" in said.err
    again = fragua("discover", "--continue", kept["id"], given="llámala Sol\n")
    assert "Quitado: Salas" in again.err
    assert one(fragua)["title"] == "Sol"


def test_the_end_of_what_is_typed_loses_nothing(fragua):
    assert fragua("discover", given="").code == 0
    assert one(fragua)["status"] == "open"


def test_what_will_be_built_is_shown_and_written_down(fragua, tmp_path):
    file = tmp_path / "my.yaml"
    said = fragua("discover", BRIEF, given=f"/mvs\n/save {file}\n/save\n/quit\n")
    assert "Nombre y apellidos*" in said.err
    assert yaml.safe_load(file.read_text())["name"] == "Sonrisa"
    assert fragua("validate", str(file)).code == 0


def test_a_change_is_taken_back(fragua):
    said = fragua("discover", BRIEF, given="quita salas\n/undo\n/undo\n/quit\n")
    assert "+ Nuevo: Salas" in said.err
    assert "There is no change to take back." in said.err


def test_below_the_threshold_somebody_has_to_say_so_twice(fragua):
    things = "clientes, pedidos y chismes"
    assert fragua("discover", things, "--no-wait", given="/approve\nn\n/quit\n").code == 0
    assert one(fragua)["status"] == "open"
    fragua("discover", "--continue", one(fragua)["id"], "--no-wait", given="/approve\ny\n")
    assert one(fragua)["status"] == "approved"


def test_a_strange_command_is_answered_with_those_there_are(fragua):
    assert "/undo" in fragua("discover", BRIEF, given="/fly\n\n/quit\n").err.partition("›")[2]


def test_everything_is_said_in_spanish_when_asked(fragua):
    said = fragua("discover", "--lang", "es", given="/salir\n")
    assert "¿A qué se dedica su negocio" in said.err
    assert "No se pierde nada" in said.err


def test_an_unknown_conversation_is_told(fragua):
    said = fragua("discover", "--continue", "00000000-0000-0000-0000-000000000000", given="")
    assert said.code == 1


def test_a_models_answer_is_waited_for(fragua, with_a_model, monkeypatch):
    interviewers = with_a_model.interviewers
    called = interviewers.call

    def call(asked, lost):
        called(asked, lost)
        interviewers.answer(reply="¿Cuántas salas tiene?")

    monkeypatch.setattr(interviewers, "call", call)
    assert "¿Cuántas salas tiene?" in fragua("discover", BRIEF, given="/quit\n").err


def test_a_failed_turn_is_tried_again_when_wanted(fragua, with_a_model, monkeypatch):
    interviewers, attempts = with_a_model.interviewers, []
    called = interviewers.call

    def call(asked, lost):
        called(asked, lost)
        attempts.append(asked["attempt"])
        failure = {"error": "ModelBusy", "reason": "Ocupado."}
        interviewers.answer(**({"failure": failure} if len(attempts) == 1 else {"reply": "Hola"}))

    monkeypatch.setattr(interviewers, "call", call)
    said = fragua("discover", BRIEF, given="y\n/quit\n")
    assert "Ocupado." in said.err
    assert "Hola" in said.err
    assert attempts == [1, 2]


def test_rules_alone_are_asked_for_with_an_option(fragua, with_a_model):
    fragua("discover", BRIEF, "--offline", given="/quit\n")
    assert one(fragua)["engine"] == "offline"
