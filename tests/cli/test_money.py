"""Commands about what models cost."""

import dataclasses
import uuid

import pytest

from tests.cli.conftest import EXAMPLE
from tests.http.test_money import KEY, MODELS, call


@pytest.fixture
def claude(world):
    world.settings = dataclasses.replace(world.settings, engine="claude", **MODELS)
    return world


@pytest.fixture
def started(fragua, claude):
    """The id of a run that nobody follows."""
    return lambda *words: fragua("generate", EXAMPLE, "--no-wait", *words).out.strip()


def test_a_quote_is_told_by_role_with_what_it_never_exceeds(fragua, started):
    started()
    said = fragua("quote", "Clínica Dental Sonrisa")
    assert said.code == 0, said.err
    assert "never more than $5.0000" in said.out
    assert "codegen" in said.out
    assert "Prices: https://" in said.err


def test_a_quote_speaks_spanish(fragua, started):
    started()
    assert "nunca más de" in fragua("quote", "Clínica Dental Sonrisa", "--lang", "es").out


def test_a_run_is_given_the_dollars_it_was_given(started, claude):
    generation = claude.generations.read(claude.tenant, uuid.UUID(started("--budget", "0.75")))
    assert generation.budget_microdollars == 750_000


def test_a_month_without_money_says_where_to_look(fragua, claude):
    claude.generations.month_committed = claude.settings.month_microdollars_max
    said = fragua("generate", EXAMPLE)
    assert (said.code, "`fragua usage`" in said.err) == (1, True)


def test_what_a_run_has_spent_is_told_while_it_goes_on(fragua, started, claude):
    run = started()
    claude.spending.reserve(run, 0, "Orchestrate#1#-#0", 10_000)
    claude.spending.settle(run, call("Orchestrate#1#-#0", 4_200), 10_000)
    said = fragua("usage", run)
    assert "$0.0042 spent, $0.0000 reserved, $4.9958 left of $5.0000" in said.out


def test_a_month_in_which_no_model_was_called_says_so(fragua):
    said = fragua("usage", "--month", "2026-10")
    assert said.out.startswith("No model was called.")


def test_a_key_is_brought_by_standard_input_shown_by_its_end_and_taken_back(fragua, world):
    assert "…Zz9y" in fragua("model-key", "set", "--key-stdin", given=KEY + "\n").out
    assert world.model_keys.keys == {world.tenant: KEY}
    assert fragua("model-key", "show").out.startswith("…Zz9y, since 2026-11-22")
    assert fragua("model-key", "remove", "--yes").code == 0
    assert fragua("model-key", "show").code == 1
