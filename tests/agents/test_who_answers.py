"""Whose key pays, and what is said where nobody can be asked."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest

from chalicelib.adapters.claude import ClaudeChat
from chalicelib.errors import ModelAccountRefused
from chalicelib.settings import Settings
from chalicelib.wires_agents import AgentWires
from tests.claude_server import scripted as say
from tests.claude_server.questions import NOTE, Note, question
from tests.claude_server.server import served

OURS, THEIRS = UUID(int=1), UUID(int=2)
SETTINGS = Settings(
    stage="dev",
    artifact_bucket="b",
    run_table="t",
    engine="claude",
    opus_model="claude-opus-5-5",
    sonnet_model="claude-sonnet-5-5",
    haiku_model="claude-haiku-5-5",
    model_secret_id="fragua/model",
    organization_model_secret_prefix="fragua/model-keys/",
)


def wires(settings=SETTINGS, **kept):
    made = AgentWires()
    made.settings = settings
    made.secrets = SimpleNamespace(read=kept.get)
    return made


def test_an_organization_that_brought_a_key_pays_with_it_and_others_with_the_platforms():
    kept = {"fragua/model": "platform", f"fragua/model-keys/{THEIRS}": "theirs"}
    with served(lambda asked: say.says(json=NOTE), key="theirs") as server:
        here = wires(replace(SETTINGS, model_base_url=server.url), **kept)
        assert here.chat(THEIRS).ask(question()).reply == Note(**NOTE)
        with pytest.raises(ModelAccountRefused, match="401"):
            here.chat(OURS).ask(question())


def test_without_any_key_it_is_an_operators_turn():
    with pytest.raises(ModelAccountRefused, match="no key"):
        wires().chat(OURS)


def test_a_model_whose_price_nobody_knows_is_not_asked():
    faulty = replace(SETTINGS, opus_model="claude-next")
    with pytest.raises(ModelAccountRefused, match="whose price nobody knows"):
        wires(faulty, **{"fragua/model": "platform"}).chat(OURS)


def test_without_an_address_it_is_anthropics_own():
    chat = wires(**{"fragua/model": "platform"}).chat(OURS)
    assert isinstance(chat, ClaudeChat)
    assert str(chat._client.base_url) == "https://api.anthropic.com"
