"""Who takes the money on a laptop, and whose key may be put where."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local import stack
from infra.local.place import CannotStart, Place
from infra.local.till import PLAYED, read_till

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
TEST_MODE = {
    "STRIPE_API_KEY": KEY,
    "STRIPE_WEBHOOK_SECRET": "whsec_new,whsec_old",
    "FRAGUA_STRIPE_PRICES": "starter=price_1",
}


def test_money_is_played_unless_a_key_is_given() -> None:
    assert read_till({}) == PLAYED
    assert (PLAYED.is_played, PLAYED.said, PLAYED.fault(is_fenced=False)) == (True, "", "")


def test_test_mode_takes_its_key_its_secrets_and_its_prices_from_the_environment() -> None:
    till = read_till(TEST_MODE)
    assert (till.is_played, till.prices) == (False, "starter=price_1")
    assert json.loads(till.secret) == {
        "api_key": KEY,
        "webhook_secrets": ["whsec_new", "whsec_old"],
    }


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", "pk_test_x", "hunter2"])
def test_a_laptop_takes_no_live_key(key: str) -> None:
    with pytest.raises(ValueError, match="test mode") as refused:
        read_till({**TEST_MODE, "STRIPE_API_KEY": key})
    assert key not in str(refused.value)


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="STRIPE_WEBHOOK_SECRET and FRAGUA_STRIPE_PRICES"):
        read_till({"STRIPE_API_KEY": KEY})


def test_a_key_is_not_shown_with_the_place_it_is_for() -> None:
    place = Place(home=Path("/x"), till=read_till(TEST_MODE))
    assert KEY not in f"{place}"
    assert "whsec" not in f"{place}"


def test_a_key_is_refused_where_generated_apps_could_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = read_till(TEST_MODE)
    assert till.fault(is_fenced=True) == ""
    assert read_till({**TEST_MODE, "FRAGUA_UNFENCED": "yes"}).fault(is_fenced=False) == ""
    monkeypatch.setattr(stack, "can_tell_who_calls", lambda: False)
    with pytest.raises(CannotStart, match="could read it"):
        stack.up(replace(Place(home=tmp_path / "home"), till=till), lambda line: None)
    assert not (tmp_path / "home").exists()
