"""Who does what, and what must be set before anybody can."""

from dataclasses import replace

import pytest

from chalicelib.agents.prices import load_prices
from chalicelib.agents.roles import ROLES, faults, role_settings
from chalicelib.settings import Settings
from tests.claude_server.refusals import EFFORTS

SETTINGS = Settings(
    stage="dev",
    artifact_bucket="b",
    run_table="t",
    engine="claude",
    opus_model="claude-opus-5-5",
    sonnet_model="claude-sonnet-5-5",
    haiku_model="claude-haiku-5-5",
    model_secret_id="fragua/model",
)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_model_and_limits(role):
    found = role_settings(role, SETTINGS)
    assert load_prices().knows(found.model)
    assert found.effort in ("", *EFFORTS)
    assert 0 < found.output_tokens_max <= 32_000
    assert 0 < found.timeout_s < 900


@pytest.mark.parametrize(
    ("role", "model"),
    [
        ("orchestrator", "claude-opus-5-5"),
        ("reviewer", "claude-opus-5-5"),
        ("codegen", "claude-sonnet-5-5"),
        ("discovery", "claude-sonnet-5-5"),
        ("helper", "claude-haiku-5-5"),
    ],
)
def test_the_model_of_a_role_is_configuration(role, model):
    assert role_settings(role, SETTINGS).model == model
    other = replace(SETTINGS, opus_model="o", sonnet_model="s", haiku_model="h")
    assert role_settings(role, other).model in "osh"


def test_three_calls_of_a_module_fit_into_its_lambda():
    assert 3 * role_settings("codegen", SETTINGS).timeout_s < 900


def test_every_fault_is_listed_at_once():
    faulty = replace(SETTINGS, opus_model="", sonnet_model="gpt-9", model_secret_id="")
    assert faults(faulty, load_prices()) == [
        "FRAGUA_MODEL_SECRET_ID is missing",
        "FRAGUA_OPUS_MODEL is missing",
        "FRAGUA_SONNET_MODEL is 'gpt-9', whose price nobody knows: add it to prices.json",
    ]
    assert faults(SETTINGS, load_prices()) == []


def test_who_works_offline_needs_no_model():
    assert faults(Settings(stage="dev", artifact_bucket="b", run_table="t"), load_prices()) == []
