import pytest

from chalicelib.billing.price_ids import read_price_ids
from chalicelib.errors import PaymentsAccountRefused

LINE = (
    "starter=price_s2|price_s1,pro=price_p1,scale=price_c1,"
    "generations=price_g2|price_g1,tokens=price_t1,portal=bpc_1"
)


def test_what_is_sold_now_is_the_first_price_of_its_name():
    ids = read_price_ids(LINE)
    assert [ids.price_of(plan) for plan in ("starter", "pro", "scale")] == [
        "price_s2",
        "price_p1",
        "price_c1",
    ]
    assert (ids.price_of("generations"), ids.price_of("tokens")) == ("price_g2", "price_t1")
    assert ids.portal == "bpc_1"


def test_whoever_bought_an_older_price_has_the_plan():
    ids = read_price_ids(LINE)
    assert ids.plan_of("price_s1") == ids.plan_of("price_s2") == "starter"


def test_a_price_of_somebody_else_is_no_plan():
    ids = read_price_ids(LINE)
    assert ids.plan_of("price_x") is None
    assert ids.plan_of("price_g1") is None


def test_nothing_configured_sells_nothing_and_says_what_to_do():
    with pytest.raises(PaymentsAccountRefused, match="fragua billing sync"):
        read_price_ids("").price_of("starter")


def test_spaces_and_an_empty_part_are_no_fault():
    assert read_price_ids(" starter = price_1 | price_0 ,, ").plan_of("price_0") == "starter"


@pytest.mark.parametrize(
    "line",
    [
        "starter",
        "starter=",
        "starter=prod_1",
        "starter=price_1|",
        "starter=price_1,starter=price_2",
        "starter=price_1,pro=price_1",
        "gold=price_1",
        "free=price_1",
        "portal=price_1",
        "starter=price_1;drop",
    ],
)
def test_a_line_that_is_wrong_is_refused_and_not_half_read(line):
    with pytest.raises(PaymentsAccountRefused, match="can't be read"):
        read_price_ids(line)
