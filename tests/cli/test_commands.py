import dataclasses
import io
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from tests.cli.conftest import EXAMPLE

URL = "http://localhost:8101"


def test_a_good_mvs_is_valid_and_scored(fragua):
    said = fragua("validate", EXAMPLE)
    assert (said.code, said.out.startswith("✓ valid")) == (0, True)


def test_a_bad_mvs_names_path_and_cure_and_exits_with_1(fragua, tmp_path):
    bad = yaml.safe_load(Path(EXAMPLE).read_text())
    bad["entities"][0]["title"] = "nowhere"
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump(bad, allow_unicode=True))
    said = fragua("validate", str(file))
    assert said.code == 1
    assert "entities[0].title" in said.out


def test_faults_are_told_in_spanish_when_asked(fragua, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("fragua: 1")
    assert fragua("validate", str(file), "--lang", "es").out != fragua("validate", str(file)).out


@pytest.mark.parametrize("text", ["", "a: [", "a: &x 1\nb: *x", "- 1", "a: 1\na: 2"])
def test_a_file_that_can_not_be_read_is_refused_with_a_reason(fragua, tmp_path, text):
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    said = fragua("generate", str(file))
    assert said.code == 1
    assert said.err


def test_a_missing_file_is_told(fragua):
    assert "nowhere.yaml" in fragua("generate", "nowhere.yaml").err


def test_a_missing_file_is_told_in_spanish_when_asked(fragua):
    told = fragua("generate", "nowhere.yaml", "--lang", "es").err
    assert "No se puede abrir 'nowhere.yaml': no existe." in told.replace("\n", " ")


def test_generate_follows_the_run_and_ends_with_url_and_credentials(fragua, world, ends):
    world.secrets.everything = "first-password"
    ends("succeed", url=URL)
    said = fragua("generate", EXAMPLE)
    assert said.code == 0
    assert "✓ Orchestrate" in said.err
    assert "GenerateModule patient (round 2)" in said.err
    assert URL in said.err
    assert "first-password" in said.err


def test_the_last_line_of_the_demo_is_one_json_object(fragua, world, ends):
    world.secrets.everything = "first-password"
    ends("succeed", url=URL)
    answer = fragua.json("demo", EXAMPLE)
    assert list(answer) == [
        "status",
        "url",
        "username",
        "password",
        "app_id",
        "generation_id",
        "seconds",
    ]
    assert (answer["status"], answer["url"], answer["password"]) == (
        "succeeded",
        URL,
        "first-password",
    )


def test_a_refused_demo_says_so_in_json_too(fragua, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("fragua: 1")
    said = fragua("demo", str(file))
    assert (said.code, json.loads(said.out)["status"]) == (1, "refused")


def test_a_failed_run_says_where_and_why_and_exits_with_1(fragua, ends):
    ends("fail", stage="Review", error="FailedReview", reason="R3 is not met")
    said = fragua("generate", EXAMPLE, "--json")
    answer = json.loads(said.out.splitlines()[-1])
    assert (said.code, answer["status"], answer["failure"]["stage"]) == (1, "failed", "Review")
    assert "R3 is not met" in said.err


def test_without_waiting_the_generations_id_is_the_answer(fragua):
    started = fragua("generate", EXAMPLE, "--no-wait").out.strip()
    assert fragua("status", started).out.startswith("running")


def test_a_new_version_of_an_app_keeps_the_app(fragua, world, ends):
    ends("succeed", url=URL)
    first = fragua.json("generate", EXAMPLE, "--json")
    second = fragua.json("generate", EXAMPLE, "--app", first["app_id"], "--json")
    assert second["app_id"] == first["app_id"]
    assert second["generation_id"] != first["generation_id"]
    assert second["password"] is None


def test_apps_say_what_to_do_when_there_are_none(fragua):
    assert "fragua generate" in fragua("apps").out


def test_apps_are_listed(fragua):
    fragua("generate", EXAMPLE, "--no-wait")
    assert "Clínica" in fragua("apps").out
    assert len(json.loads(fragua("apps", "--json").out)) == 1


def test_cancel_closes_it(fragua):
    started = fragua("generate", EXAMPLE, "--no-wait").out.strip()
    assert fragua("cancel", started).out.strip() == "cancelled"


def test_cancel_says_when_it_stays_charged_and_how_to_go_on_for_nothing(fragua, world):
    started = fragua("generate", EXAMPLE, "--no-wait").out.strip()
    row = world.generations.read(world.tenant, uuid.UUID(started))
    world.generations._rows[row.id] = dataclasses.replace(row, engine="claude")
    world.spending.reserve(started, 100, "codegen", 5)
    told = fragua("cancel", started, "--lang", "es").out
    assert f"Seguir desde ahí no: `fragua resume {started}`" in told


def test_open_finds_the_url_of_a_generation_or_says_there_is_none(fragua, world, ends, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    started = fragua("generate", EXAMPLE, "--no-wait").out.strip()
    assert fragua("open", started).code == 1
    ends("succeed", url=URL)
    fragua("status", started, "--follow")
    assert fragua("open", started).code == 0
    assert opened == [URL]


def test_open_finds_the_app_that_a_file_describes(fragua, ends, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda url: None)
    assert fragua("open", EXAMPLE).code == 1
    ends("succeed", url=URL)
    fragua("generate", EXAMPLE)
    assert json.loads(fragua("open", EXAMPLE, "--json").out) == {"url": URL}


def test_on_a_terminal_every_step_has_its_line_of_a_live_display(fragua, ends, monkeypatch):
    terminal = Console(file=io.StringIO(), force_terminal=True)
    monkeypatch.setattr("cli.main.errors", terminal)
    monkeypatch.setattr("cli.finishing.errors", terminal)
    ends("succeed", url=URL)
    assert fragua("generate", EXAMPLE).code == 0
    shown = terminal.file.getvalue()
    assert "Orchestrate" in shown
    assert "GenerateModule patient (round 2)" in shown


def test_a_busy_service_is_asked_again(fragua, served):
    served.refusals = 2
    assert fragua("apps").code == 0


def test_a_write_without_idempotency_key_is_not_repeated(fragua, served):
    served.refusals = 1
    assert fragua("cancel", "00000000-0000-0000-0000-000000000000").code == 1
    assert len(served.requests) == 1


def test_an_unknown_generation_is_told_as_json_too(fragua):
    said = fragua("status", "00000000-0000-0000-0000-000000000000", "--json")
    assert (said.code, json.loads(said.out)["status"]) == (1, 404)


def test_without_an_api_the_cure_is_named(fragua, monkeypatch):
    monkeypatch.setenv("FRAGUA_API_URL", "http://127.0.0.1:9")
    assert "make up" in fragua("apps").err


def test_without_credentials_the_cure_is_named(fragua, monkeypatch, tmp_path):
    monkeypatch.delenv("FRAGUA_API_KEY")
    monkeypatch.chdir(tmp_path)
    assert "make up" in fragua("apps").err


def test_credentials_are_found_in_a_folder_above(fragua, served, world, monkeypatch, tmp_path):
    monkeypatch.delenv("FRAGUA_API_URL")
    monkeypatch.delenv("FRAGUA_API_KEY")
    kept = {"api_url": served.url, "api_key": world.api_keys.issue(world.tenant)}
    (tmp_path / ".fragua").mkdir()
    (tmp_path / ".fragua" / "credentials.json").write_text(json.dumps(kept))
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert fragua("apps").code == 0


def test_the_command_stands_beside_the_python_that_make_setup_made():
    command = Path(sys.executable).with_name("fragua")
    said = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    assert "validate" in said.stdout
