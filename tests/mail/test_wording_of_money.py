import pytest

from chalicelib.mail.wording_of_money import (
    WITH_THREE,
    WITHOUT_DECIMALS,
    decimals_of,
    minor_units,
    money,
)
from cli import amounts


@pytest.mark.parametrize(
    ("text", "spanish", "english"),
    [
        ("2900 usd", "29,00 USD", "29.00 USD"),
        ("123456789 eur", "1.234.567,89 EUR", "1,234,567.89 EUR"),
        ("5 eur", "0,05 EUR", "0.05 EUR"),
        ("1500 jpy", "1.500 JPY", "1,500 JPY"),
        ("10 clp", "10 CLP", "10 CLP"),
        ("10005 kwd", "10,005 KWD", "10.005 KWD"),
        ("-250 usd", "-2,50 USD", "-2.50 USD"),
    ],
)
def test_an_amount_reads_as_its_language_and_currency_write_it(text, spanish, english):
    assert (money(text, "es"), money(text, "en")) == (spanish, english)


def test_letters_and_the_command_line_count_decimals_alike():
    """Stripe takes hundredths of a Ugandan shilling, though nobody else has them."""
    assert {*WITHOUT_DECIMALS.pattern.split("|")} == amounts.WITHOUT_MINOR
    assert {*WITH_THREE.pattern.split("|")} == amounts.IN_THOUSANDTHS
    assert decimals_of("ugx") == 2


@pytest.mark.parametrize("text", ["29.00 usd", "2900", "2900 USD", "usd 2900", "", "2900 us\n"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        minor_units(text)
