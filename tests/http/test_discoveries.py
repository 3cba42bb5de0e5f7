"""`/v1/discoveries`: a conversation with rules alone, and one that a model answers in the background."""

import dataclasses
import json

import pytest

from chalicelib.discovery.answered import read_answered
from chalicelib.settings import read_settings
from tests.door import SETTINGS

CLINIC = {"brief": "Tengo una clínica dental que se llama Sonrisa", "language": "es"}


@pytest.fixture
def begun(api):
    status, discovery, headers = api("POST", "/v1/discoveries", CLINIC)
    assert status == 201, discovery
    assert headers["Location"] == f"/v1/discoveries/{discovery['id']}"
    return discovery


@pytest.fixture
def at(begun):
    return f"/v1/discoveries/{begun['id']}"


@pytest.fixture
def with_a_model(world):
    world.settings = read_settings({**SETTINGS, "FRAGUA_ENGINE": "claude"})
    return world


@pytest.fixture
def asked(api, with_a_model):
    status, discovery, _ = api(
        "POST", "/v1/discoveries", {"brief": "Alquilo bicicletas a los turistas"}
    )
    assert status == 201, discovery
    return f"/v1/discoveries/{discovery['id']}"


def test_a_brief_becomes_an_mvs_with_a_score_and_a_first_question(api, begun, at):
    assert begun["mvs"]["name"] == "Sonrisa"
    assert begun["completeness"]["score"] >= 80
    assert (begun["blueprint"], begun["status"], begun["locale"]) == ("bookings", "open", "es")
    (turn,) = api("GET", f"{at}/turns")[1]["items"]
    assert turn["said"] == CLINIC["brief"]
    assert turn["diff"][0]["words"] == "Se llama Sonrisa"


def test_nothing_at_all_is_answered_with_a_question_in_the_callers_language(api):
    status, discovery, _ = api("POST", "/v1/discoveries", {}, headers={"Accept-Language": "es"})
    assert (status, discovery["mvs"], discovery["completeness"]) == (201, None, None)
    (turn,) = api("GET", f"/v1/discoveries/{discovery['id']}/turns")[1]["items"]
    assert "¿A qué se dedica" in turn["reply"]
    assert [one["words"] for one in turn["ask"]["options"]]


def test_the_language_of_the_brief_comes_before_the_callers(api):
    sent = {"brief": "We run a hair salon and keep losing appointments"}
    made = api("POST", "/v1/discoveries", sent, headers={"Accept-Language": "es"})[1]
    assert made["locale"] == "en"


def test_a_message_is_answered_at_once_and_tells_what_it_changed(api, at):
    text = "añade el campo alergias a pacientes"
    status, turn, headers = api("POST", f"{at}/messages", {"text": text})
    assert (status, turn["status"]) == (201, "done")
    assert headers["Location"] == f"{at}/turns/{turn['number']}"
    assert [one["words"] for one in turn["diff"]] == ["Pacientes: campo nuevo Alergias (texto)"]
    fields = api("GET", at)[1]["mvs"]["entities"][0]["fields"]
    assert fields[-1]["label"] == "Alergias"


def test_the_same_key_says_a_message_once(api, at):
    headers = {"Idempotency-Key": "one"}
    first = api("POST", f"{at}/messages", {"text": "quita salas"}, headers=headers)
    assert api("POST", f"{at}/messages", {"text": "quita salas"}, headers=headers)[1] == first[1]
    assert len(api("GET", f"{at}/turns")[1]["items"]) == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 8001])
def test_a_message_has_something_to_say_and_an_end(api, at, text):
    assert api("POST", f"{at}/messages", {"text": text})[0] == 422


def test_an_edit_by_hand_is_a_turn_and_must_have_seen_the_newest(api, begun, at):
    mvs = {**begun["mvs"], "name": "Otra"}
    stale = api("PUT", f"{at}/mvs", {"mvs": mvs, "version": 0})
    assert (stale[0], stale[1]["version"]) == (409, 1)
    status, turn, _ = api("PUT", f"{at}/mvs", {"mvs": mvs, "version": 1})
    assert (status, turn["kind"], turn["diff"][0]["after"]) == (200, "edit", "Otra")
    read = api("GET", f"{at}/mvs")[1]
    assert (read["version"], read["mvs"]["name"]) == (2, "Otra")


def test_a_faulty_edit_names_every_fault(api, begun, at):
    mvs = {**begun["mvs"], "entities": []}
    status, told, _ = api("PUT", f"{at}/mvs", {"mvs": mvs, "version": 1})
    assert (status, told["errors"][0]["path"]) == (422, "entities")


def test_changes_are_taken_back_one_after_the_other(api, begun, at):
    for text in ("quita salas", "llámala Sol"):
        api("POST", f"{at}/messages", {"text": text})
    assert api("POST", f"{at}/undo")[1]["diff"][0]["words"] == "Se llama Sonrisa"
    assert api("POST", f"{at}/undo")[0] == 200
    assert api("GET", at)[1]["mvs"] == begun["mvs"]
    assert api("POST", f"{at}/undo")[0] == 409


def test_many_changes_can_all_be_taken_back(api, begun, at):
    for number in range(12):
        mvs = {**begun["mvs"], "name": f"Nombre {number}"}
        assert api("PUT", f"{at}/mvs", {"mvs": mvs, "version": number + 1})[0] == 200
    for _ in range(12):
        assert api("POST", f"{at}/undo")[0] == 200
    assert api("GET", at)[1]["mvs"] == begun["mvs"]


def test_approval_makes_the_app_once_and_starts_it_once(api, world, at):
    status, first, _ = api("POST", f"{at}/approve", {"version": 1})
    assert (status, first["app"]["name"]) == (200, "Sonrisa")
    assert world.machine.started == [first["generation"]["id"]]
    again = api("POST", f"{at}/approve", {"version": 1})[1]
    assert again["app"]["id"] == first["app"]["id"]
    assert again["generation"]["id"] == first["generation"]["id"]
    assert api("GET", at)[1]["status"] == "approved"
    assert api("POST", f"{at}/messages", {"text": "sí"})[0] == 409


def test_below_the_threshold_approval_says_what_is_missing(api):
    sent = {"brief": "clientes, pedidos y chismes", "language": "es"}
    at = f"/v1/discoveries/{api('POST', '/v1/discoveries', sent)[1]['id']}"
    status, told, _ = api("POST", f"{at}/approve", {"version": 1})
    assert (status, told["threshold"]) == (409, 80)
    assert {"workflow", "rules"} <= {one["key"] for one in told["missing"]}
    wanted = {"version": 1, "anyway": True, "start": False}
    status, told, _ = api("POST", f"{at}/approve", wanted)
    assert (status, told["generation"]) == (200, None)


def test_an_abandoned_conversation_stays_readable(api, at):
    assert api("DELETE", at)[0] == 204
    assert api("GET", at)[1]["status"] == "abandoned"
    assert api("POST", f"{at}/messages", {"text": "sí"})[0] == 409


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "1e3", "²", "9" * 12])
def test_a_turn_that_is_not_there_is_not_found(api, at, number):
    assert api("GET", f"{at}/turns/{number}")[0] == 404


def test_unknown_blueprints_and_industries_are_not_found(api):
    assert api("POST", "/v1/discoveries", {"blueprint": "no_such"})[0] == 404
    assert api("POST", "/v1/discoveries", {"industry": "no_such", "brief": "x"})[0] == 404


def test_a_model_is_refused_where_there_is_none(api):
    assert api("POST", "/v1/discoveries", {"engine": "claude"})[0] == 409


# with a model


def test_a_models_turn_shows_its_words_as_they_grow(api, world, asked):
    (turn,) = api("GET", f"{asked}/turns")[1]["items"]
    assert (turn["status"], turn["partial"], turn["reply"]) == ("running", "", "")
    world.board.show(asked.rpartition("/")[2], 1, 1, "Veo que")
    assert api("GET", f"{asked}/turns/1")[1]["partial"] == "Veo que"


def test_whoever_answers_knows_the_brief_and_what_could_be_started_from(world, asked):
    told = world.interviewers.asked()
    assert (told["said"], told["mvs"], told["locale"]) == (
        "Alquilo bicicletas a los turistas",
        None,
        "es",
    )
    assert [offer["key"] for offer in told["offers"]] == ["rentals"]
    assert told["budget_microdollars"] == 500_000


def test_an_answer_becomes_part_of_the_conversation_when_somebody_looks(api, world, asked):
    mvs = world.interviewers.asked()["offers"][0]["mvs"]
    call = {"purpose": "turn#1#1#0", "role": "discovery", "model": "m", "prompt_sha256": "0" * 64, "cost_microdollars": 7, "ms": 5, "stop_reason": "end_turn", "called_at": "2026-11-30T09:30:00Z"}  # fmt: skip
    call["usage"] = {
        "input_tokens": 1,
        "output_tokens": 1,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
    }
    world.interviewers.answer(reply="¿Cuántas bicicletas?", mvs=mvs, changes=[{"op": "start_from"}], set={"title": "Bicis"}, calls_made=[call])  # fmt: skip
    shown = api("GET", asked)[1]
    assert (shown["title"], shown["mvs"]["name"], shown["mvs_version"]) == ("Bicis", mvs["name"], 1)
    turn = api("GET", f"{asked}/turns/1")[1]
    assert (turn["status"], turn["reply"]) == ("done", "¿Cuántas bicicletas?")
    assert turn["diff"]
    assert world.discoveries.calls["turn#1#1#0"]["cost_microdollars"] == 7


def test_an_mvs_that_does_not_hold_is_not_believed_but_the_words_stay(api, world, asked):
    world.interviewers.answer(reply="Listo", mvs={"fragua": 1, "entities": "all of them"})
    assert api("GET", asked)[1]["mvs"] is None
    assert api("GET", f"{asked}/turns/1")[1]["reply"] == "Listo"


@pytest.mark.parametrize("answered", [{"tenant_id": "x"}, {"reply": 5}, {"calls_made": [{}]}])
def test_an_answer_that_cannot_be_read_is_a_failed_turn(api, world, asked, answered):
    world.interviewers.answer(**answered)
    turn = api("GET", f"{asked}/turns/1")[1]
    assert (turn["status"], turn["failure"]["error"]) == ("failed", "UnreadableReply")
    assert world.discoveries.calls["turn#1#1~unseen"]["cost_microdollars"] == 500_000


def test_an_answer_too_large_to_be_read_is_a_failed_turn(api, world, asked):
    world.interviewers.answer(reply="x" * (5 * 1024 * 1024))
    turn = api("GET", f"{asked}/turns/1")[1]
    assert (turn["status"], turn["failure"]["error"]) == ("failed", "UnreadableReply")


def test_nothing_that_could_not_be_kept_or_would_move_a_terminal_stays_in_an_answer(api, world, asked):  # fmt: skip
    changes = [{"op": "set_text", "text": "a\0b"}, {"op\0": ["\x1b[2J"]}]
    world.interviewers.answer(reply="Li\0sto\x1b]0;x\x07\n", changes=changes)
    turn = api("GET", f"{asked}/turns/1")[1]
    assert (turn["status"], turn["reply"]) == ("done", "Listo]0;x\n")
    read = read_answered(json.dumps({"changes": changes}).encode())
    assert read.changes == [{"op": "set_text", "text": "ab"}, {"op": ["[2J"]}]


def test_a_failed_turn_is_tried_again_and_loses_nothing(api, world, asked):
    failure = {"error": "ModelBusy", "reason": "Busy."}
    world.interviewers.answer(failure=failure)
    assert api("GET", f"{asked}/turns/1")[1]["failure"] == failure
    status, turn, _ = api("POST", f"{asked}/turns/1/retry")
    assert (status, turn["status"], turn["attempt"]) == (200, "running", 2)
    assert world.interviewers.asked()["said"] == "Alquilo bicicletas a los turistas"
    world.interviewers.answer(reply="Ahora sí")
    assert api("GET", f"{asked}/turns/1")[1]["reply"] == "Ahora sí"
    assert api("POST", f"{asked}/turns/1/retry")[0] == 409


def test_a_turn_nobody_answered_in_time_has_failed(api, world, asked):
    (row,) = world.discoveries.page(world.tenant).items
    world.discoveries.late(row.id)
    turn = api("GET", f"{asked}/turns/1")[1]
    assert (turn["status"], turn["failure"]["error"]) == ("failed", "Interrupted")


def test_when_nobody_can_be_called_the_turn_fails_at_once(api, world, asked):
    world.interviewers.answer(reply="Hola")
    world.interviewers.is_broken = True
    status, turn, _ = api("POST", f"{asked}/messages", {"text": "Veinte"})
    assert (status, turn["status"], turn["failure"]["error"]) == (201, "failed", "CloudBusy")
    assert turn["said"] == "Veinte"
    over = [key for key in world.interviewers.documents if key.endswith("/2-1/answered.json")]
    assert over, "whoever was called after all must find that it is over"


def test_nothing_else_happens_while_a_turn_is_being_answered(api, asked):
    refused = [
        api("POST", f"{asked}/messages", {"text": "hola"})[0],
        api("POST", f"{asked}/undo")[0],
        api("DELETE", asked)[0],
        api("POST", f"{asked}/approve", {"version": 0, "anyway": True})[0],
    ]
    assert refused == [409] * 4


def test_without_money_left_in_the_month_nothing_is_asked(api, with_a_model):
    with_a_model.background = dataclasses.replace(with_a_model.background, month_microdollars_max=0)
    assert api("POST", "/v1/discoveries", {"brief": "Alquilo bicicletas a los turistas"})[0] == 402
