"""Our reader and the one everybody knows say the same of workbooks that the latter wrote."""

from __future__ import annotations

import io
import random
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from chalicelib.discovery.spreadsheets.cells import Number
from chalicelib.discovery.spreadsheets.kinds import open_file

FORMATS = ("General", "0.00", "#,##0.00 €", "0%", "@", '"d"0')


def any_value(rng):
    return rng.choice(
        (
            None,
            rng.randint(-1000, 10**9),
            round(rng.uniform(-1e6, 1e6), rng.randint(0, 6)),
            rng.choice((True, False)),
            rng.choice(("Ñandú", "a <b> & \"c\" 'd'", " spaces ", "línea\notra", "007", "=1+1"[1:], "日本")),
            date(rng.randint(1901, 2100), rng.randint(1, 12), rng.randint(1, 28)),
            datetime(2024, rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), 30),
        )
    )  # fmt: skip


def written(seed):
    rng = random.Random(seed)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number in range(rng.randint(1, 4)):
        sheet = book.create_sheet(f"Hoja «{number}» & más")
        for _ in range(rng.randint(1, 30)):
            sheet.append([any_value(rng) for _ in range(rng.randint(1, 12))])
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float) and rng.random() < 0.4:
                    cell.number_format = rng.choice(FORMATS)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def theirs(content):
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {
        sheet.title: [
            (number, [plain(value) for value in row])
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        ]
        for sheet in book
    }


def ours(content):
    return {
        sheet.name: [(number, [plain(cell) for cell in cells]) for number, cells in sheet.rows]
        for sheet in open_file(content).sheets
    }


def plain(value):
    """Dates without a time are dates here and midnights there; a percentage is shown here, a fraction there."""
    if isinstance(value, Number):
        return float(value.value / 100 if value.percent else value.value)
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return float(f"{value:.15g}")
    if isinstance(value, datetime) and (value.hour, value.minute) == (0, 0):
        return value.date()
    return value


def without_the_empty(rows):
    trimmed = []
    for number, cells in rows:
        filled = [
            n
            for n, cell in enumerate(cells, start=1)
            if str(cell or "x" * (cell is not None)).strip()
        ]
        if filled:
            trimmed.append((number, cells[: filled[-1]]))
    return trimmed


@pytest.mark.parametrize("seed", range(25))
def test_every_cell_is_what_openpyxl_reads(seed):
    content = written(seed)
    mine, other = ours(content), theirs(content)
    assert list(mine) == list(other)
    for name, rows in mine.items():
        expected = without_the_empty(other[name])
        assert [number for number, _ in rows] == [number for number, _ in expected]
        for (number, cells), (_, wanted) in zip(rows, expected, strict=True):
            for cell, want in zip(cells, wanted, strict=True):
                assert cell == want, (name, number)
