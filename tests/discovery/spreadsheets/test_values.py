"""Numbers, dates, encodings and separators as they are written in the wild."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from chalicelib.discovery.spreadsheets.amounts import amount_of, decimal_sign
from chalicelib.discovery.spreadsheets.csv_text import decoded, likely_separator
from chalicelib.discovery.spreadsheets.moments import day_order, moment_of
from chalicelib.discovery.spreadsheets.naming import plural_name, singular
from chalicelib.discovery.spreadsheets.reading import read_spreadsheet
from chalicelib.discovery.spreadsheets.styles import look_of

AMOUNTS = [
    ("1.234,56", ",", "1234.56"), ("1,234.56", ".", "1234.56"), ("1 234,56 €", ",", "1234.56"),
    ("€ 12", ",", "12"), ("$1,000", ".", "1000"), ("-5", ".", "-5"), ("5-", ".", "-5"), ("(120)", ",", "-120"),
    ("−3,5", ",", "-3.5"), ("1.234.567", ",", "1234567"), ("0,5", ",", "0.5"), ("21 %", ",", "21"), (",5", ",", "0.5"),
    ("12 EUR", ",", "12"), ("USD 7.50", ".", "7.50"), ("1'234.50", ".", "1234.50"), ("S/ 30", ".", "30"),
    ("1.2.3", ",", None), ("12.34.56", ",", None), ("abc", ",", None), ("12 manzanas", ",", None), ("", ",", None),
    ("--5", ".", None), ("1,23,456", ".", None), ("1e5", ".", None), ("٣", ".", None), ("1/2", ".", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sign", "value"), AMOUNTS, ids=range(len(AMOUNTS)))
def test_amounts(text, sign, value):
    found = amount_of(text, sign)
    assert (found and found.value) == (value and Decimal(value))


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["1.234", "5,5"], ","), (["1,234", "5.5"], "."), (["1.234", "2.345"], None), (["1.234.567"], ","),
        (["12", "x"], None), (["1.234,5", "1,234.5"], None),
    ],
    ids=range(6),
)  # fmt: skip
def test_the_sure_values_of_a_column_say_what_its_decimals_are(texts, sign):
    assert decimal_sign(texts) == sign


MOMENTS = [
    ("31/12/2024", "day", date(2024, 12, 31)), ("12/31/2024", "month", date(2024, 12, 31)),
    ("3-4-24", "day", date(2024, 4, 3)), ("03.04.1985", "day", date(1985, 4, 3)), ("2024-02-29", "day", date(2024, 2, 29)),
    ("2024/2/9", "month", date(2024, 2, 9)), ("5 de marzo de 2024", "day", date(2024, 3, 5)),
    ("5 mar 2024", "day", date(2024, 3, 5)), ("05-sept.-24", "day", date(2024, 9, 5)), ("March 5, 2024", "month", date(2024, 3, 5)),
    ("lunes, 5 de agosto de 2024", "day", date(2024, 8, 5)), ("Mon, 5 Aug 2024", "day", date(2024, 8, 5)),
    ("31/12/2024 9:05", "day", datetime(2024, 12, 31, 9, 5)), ("12/31/2024 9:05 PM", "month", datetime(2024, 12, 31, 21, 5)),
    ("2024-12-31T10:00:00Z", "day", datetime(2024, 12, 31, 10)), ("1/1/2024 12:15 a. m.", "day", datetime(2024, 1, 1, 0, 15)),
    ("31/02/2024", "day", None), ("2024", "day", None), ("12/2024", "day", None), ("5 de brumario de 2024", "day", None),
    ("01/01/0001", "day", None), ("hoy", "day", None), ("1/2/3/4", "day", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "order", "moment"), MOMENTS, ids=range(len(MOMENTS)))
def test_dates(text, order, moment):
    assert moment_of(text, order) == moment


def test_a_number_above_twelve_tells_which_comes_first():
    assert day_order(["03/04/2024", "13/04/2024"]) == "day"
    assert day_order(["03/04/2024", "04/13/2024"]) == "month"
    assert day_order(["03/04/2024"]) is None


LOOKS = [
    ("dd/mm/yyyy", "date", ""), ("[$-C0A]d mmm yyyy;@", "date", ""), ("hh:mm:ss", "time", ""),
    ("yyyy-mm-dd hh:mm", "datetime", ""), ("[h]:mm", "time", ""), ("mmm-yy", "date", ""),
    ('#,##0.00 "€"', "", "EUR"), ("[$€-C0A] #,##0", "", "EUR"), ('"$"#,##0', "", "USD"), ("[$MXN] 0", "", "MXN"),
    ('0 "días"', "", ""), ("General", "", ""), ("@", "", ""), ("0.00E+00", "", ""), ('"Ref. "0', "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "moment", "currency"), LOOKS, ids=range(len(LOOKS)))
def test_formats_tell_dates_and_money_from_numbers(code, moment, currency):
    look = look_of(code)
    assert (look.moment, look.currency) == (moment, currency)


TEXT = "Nombre;Año\nÑandú;1999\nIñigo «€»;2001\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings(encoding):
    content = TEXT.encode(encoding)
    assert decoded(content)[0] == TEXT
    found = read_spreadsheet(content, "Aves.csv")
    assert [row["nombre"] for row in found.rows["ave"]] == ["Ñandú", "Iñigo «€»"]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"), ("a,b\n1.5,2\n", ","), ("a\tb\n1,5\t2\n", "\t"), ("a|b\n1|2\n", "|"),
        ('a,b\n"x;y;z",2\n"u;v;w",3\n', ","), ("nombre\nAna\nLuis\n", ","),
    ],
    ids=range(6),
)  # fmt: skip
def test_separators(text, separator):
    assert likely_separator(text) == separator


def test_excels_own_first_line_is_believed():
    found = read_spreadsheet(b"sep=|\nNombre|Edad\nAna, la alta|31\n", "x.csv")
    assert found.report["separator"] == "|"
    assert len(found.report["sheets"][0]["columns"]) == 2


def test_codes_with_leading_zeros_and_long_numbers_stay_texts():
    text = "Código postal;Cuenta;EAN\n08001;ES12;8412345678905\n28013;ES13;8412345678906\n"
    found = read_spreadsheet(text.encode(), "x.csv")
    assert {column["type"] for column in found.report["sheets"][0]["columns"]} == {"text"}
    assert found.rows["x"][0]["codigo_postal"] == "08001"


SINGULARS = [
    ("Clientes", "es", "Cliente"), ("Habitaciones", "es", "Habitación"), ("Sillones", "es", "Sillón"), ("Luces", "es", "Luz"),
    ("Proveedores", "es", "Proveedor"), ("Pedidos de venta", "es", "Pedido de venta"), ("Categories", "en", "Category"),
    ("Boxes", "en", "Box"), ("People", "en", "Person"), ("Sales orders", "en", "Sales order"), ("Staff", "en", "Staff member"),
]  # fmt: skip


@pytest.mark.parametrize(("many", "language", "one"), SINGULARS, ids=[one[0] for one in SINGULARS])
def test_one_of_many(many, language, one):
    assert singular(many, language) == one


def test_a_sheet_without_a_name_is_called_like_its_file():
    assert plural_name("Hoja1", "listado_clientes (copia).xlsx", "es") == "Listado clientes"
    assert plural_name("Sheet 1", "orders_2024.xlsx", "en") == "Orders"
    assert plural_name("", "2024.csv", "es") == "Filas"


def test_dates_that_could_be_either_are_read_as_the_language_does_and_it_is_said():
    text = "Cliente;Fecha\nAna;03/04/2024\nEva;05/06/2024\n"
    found = read_spreadsheet(text.encode(), "x.csv")
    assert found.rows["x"][0]["fecha"] == "2024-04-03"
    notes = found.report["sheets"][0]["columns"][1]["notes"]
    assert [note["code"] for note in notes] == ["order_unsure"]
