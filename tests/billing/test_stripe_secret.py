import json

import pytest

from chalicelib.adapters.stripe_secret import StoredStripeSecret, parse
from chalicelib.errors import CloudBusy, PaymentsAccountRefused

GOOD = {"api_key": "rk_test_verysecret", "webhook_secrets": ["whsec_alsosecret"]}


class Shelf:
    text: str | None = json.dumps(GOOD)
    is_away = False

    def read(self, name):
        if self.is_away:
            raise CloudBusy("away")
        return self.text


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_neither_key_nor_secrets_are_in_its_repr():
    assert "secret_" not in repr(parse(json.dumps(GOOD))) + str(parse(json.dumps(GOOD)))
    assert "verysecret" not in repr(parse(json.dumps(GOOD)))


@pytest.mark.parametrize(
    ("key", "is_live"), [("sk_live_1", True), ("rk_live_1", True), ("rk_test_1", False)]
)
def test_the_mode_is_the_keys(key, is_live):
    assert parse(json.dumps({**GOOD, "api_key": key})).is_live is is_live


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk_test_verysecret",
        "[]",
        json.dumps({**GOOD, "api_key": "pk_test_verysecret"}),
        json.dumps({**GOOD, "api_key": 1}),
        json.dumps({"api_key": "sk_test_verysecret"}),
        json.dumps({**GOOD, "webhook_secrets": "whsec_alsosecret"}),
        json.dumps({**GOOD, "webhook_secrets": ["alsosecret"]}),
        json.dumps({**GOOD, "webhook_secrets": ["whsec_alsosecret "]}),
        json.dumps({**GOOD, "webhook_secrets": ["whsec_alsosecret"] * 5}),
    ],
)
def test_one_that_cant_be_used_is_an_operators_turn_and_repeats_nothing_of_it(text):
    with pytest.raises(PaymentsAccountRefused) as refused:
        parse(text)
    assert "secret_" not in str(refused.value)
    assert "alsosecret" not in str(refused.value)
    assert "verysecret" not in str(refused.value)


def test_a_key_that_was_replaced_is_known_within_five_minutes():
    shelf, clock = Shelf(), Clock()
    stored = StoredStripeSecret(shelf, "s", clock=clock)
    stored.current()
    shelf.text = json.dumps({**GOOD, "api_key": "rk_test_next"})
    assert stored.current().api_key == "rk_test_verysecret"
    clock.now = 301
    assert stored.current().api_key == "rk_test_next"


def test_while_secrets_manager_is_away_what_is_known_goes_on():
    shelf, clock = Shelf(), Clock()
    stored = StoredStripeSecret(shelf, "s", clock=clock)
    stored.current()
    shelf.is_away, clock.now = True, 301
    assert stored.current().api_key == "rk_test_verysecret"


def test_a_process_that_knows_nothing_yet_says_that_the_world_is_busy():
    shelf = Shelf()
    shelf.is_away = True
    with pytest.raises(CloudBusy):
        StoredStripeSecret(shelf, "s").current()
