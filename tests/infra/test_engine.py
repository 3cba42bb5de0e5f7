"""Which engine a laptop uses, and where a model's key may be put."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.local import stack
from infra.local.engine import NO_KEY, Engine, read_engine
from infra.local.place import CannotStart, Place, read_place

KEY = "sk-ant-not-a-key"
CLAUDE = {"FRAGUA_ENGINE": "claude", "ANTHROPIC_API_KEY": KEY}


@pytest.mark.parametrize("environ", [{}, {"FRAGUA_ENGINE": "offline"}, {"ANTHROPIC_API_KEY": KEY}])
def test_it_is_offline_unless_claude_is_asked_for(environ: dict[str, str]) -> None:
    engine = read_engine(environ)
    assert (engine.name, engine.key, engine.said) == ("offline", "", "")


def test_claude_without_a_key_is_offline_and_says_so() -> None:
    engine = read_engine({"FRAGUA_ENGINE": "claude"})
    assert (engine.name, engine.said) == ("offline", NO_KEY)


def test_claude_takes_its_key_and_its_address_from_the_environment() -> None:
    engine = read_engine({**CLAUDE, "FRAGUA_MODEL_BASE_URL": "http://127.0.0.1:9"})
    assert engine.key == KEY
    assert engine.parameters == {"Engine": "claude", "ModelBaseUrl": "http://127.0.0.1:9"}
    assert engine.said == "claude at http://127.0.0.1:9"


def test_an_engine_nobody_knows_is_refused_with_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAGUA_ENGINE", "oracle")
    monkeypatch.setenv("FRAGUA_PORT", "many")
    with pytest.raises(CannotStart, match=r"FRAGUA_PORT.*; FRAGUA_ENGINE is 'oracle'"):
        read_place()


def test_a_key_is_not_shown_with_the_place_it_is_for() -> None:
    assert KEY not in f"{Place(home=Path('/x'), engine=read_engine(CLAUDE))}"


def test_a_key_is_refused_where_generated_apps_could_read_it() -> None:
    engine = read_engine(CLAUDE)
    assert "FRAGUA_UNFENCED=yes" in engine.fault(is_fenced=False)
    assert engine.fault(is_fenced=True) == ""
    assert read_engine({**CLAUDE, "FRAGUA_UNFENCED": "yes"}).fault(is_fenced=False) == ""
    assert Engine().fault(is_fenced=False) == ""


def test_up_refuses_before_it_has_made_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "can_tell_who_calls", lambda: False)
    place = replace(Place(home=tmp_path / "home"), engine=read_engine(CLAUDE))
    with pytest.raises(CannotStart, match="could read it"):
        stack.up(place, lambda line: None)
    assert not place.home.exists()
