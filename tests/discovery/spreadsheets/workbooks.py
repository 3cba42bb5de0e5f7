"""Workbooks made of code: as Excel writes them, and as nobody should.

`workbook({"Clientes": [["Nombre"], ["Ana"]]})` gives the bytes of an .xlsx; cells are Python values, or `Styled`, `Formula`,
`Raw`. The writer is ours on purpose: it can write what no honest library would.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DATE, MOMENT, EURO, PERCENT, DOLLAR = range(1, 6)
FORMATS = {
    DATE: "dd/mm/yyyy",
    MOMENT: "dd/mm/yyyy hh:mm",
    EURO: '#,##0.00\\ "€"',
    PERCENT: "0%",
    DOLLAR: '"$"#,##0.00',
}
EPOCH = datetime(1899, 12, 30)


@dataclass
class Styled:
    value: float
    style: int


@dataclass
class Formula:
    text: str
    result: float | str | None = None


@dataclass
class Raw:
    """The XML of a cell, `{at}` being its address."""

    xml: str


def workbook(sheets, *, merged=None, hidden=(), macros=False, parts=None, without=(), dtd=""):
    """`parts` replaces or adds parts by name; `merged`: sheet → references."""
    texts: list[str] = []
    found = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": book(sheets, hidden),
        "xl/_rels/workbook.xml.rels": relations(len(sheets)),
        "xl/styles.xml": styles(),
    }
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        references = (merged or {}).get(name, ())
        found[f"xl/worksheets/sheet{number}.xml"] = dtd + sheet(rows, texts, references)
    found["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{"".join(texts)}</sst>'
    if macros:
        found["xl/vbaProject.bin"] = "MsgBox"
    return zipped({**found, **(parts or {})}, without)


def zipped(parts, without=()):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if name not in without:
                archive.writestr(name, text)
    return buffer.getvalue()


def book(sheets, hidden):
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in enumerate(sheets, start=1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'


def relations(count):
    sheets = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, count + 1)
    )
    others = (
        f'<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="t" Type="{OFFICE}/styles" Target="styles.xml"/>'
    )
    return f'<Relationships xmlns="{PACKAGE}">{sheets}{others}</Relationships>'


def styles():
    formats = "".join(
        f'<numFmt numFmtId="{163 + n}" formatCode="{escape(code)}"/>' for n, code in FORMATS.items()
    )
    cells = '<xf numFmtId="0"/>' + "".join(f'<xf numFmtId="{163 + n}"/>' for n in FORMATS)
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>'


def sheet(rows, texts, merged=()):
    body = "".join(row(number, cells, texts) for number, cells in enumerate(rows, start=1) if cells)
    joined = "".join(f'<mergeCell ref="{reference}"/>' for reference in merged)
    tail = f"<mergeCells>{joined}</mergeCells>" if joined else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{tail}</worksheet>'


def row(number, cells, texts):
    written = (
        cell(f"{letters(column)}{number}", value, texts)
        for column, value in enumerate(cells)
        if value is not None
    )
    return f'<row r="{number}">{"".join(written)}</row>'


def letters(column):
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell(at, value, texts):
    if isinstance(value, Raw):
        return value.xml.replace("{at}", at)
    if isinstance(value, Styled):
        return f'<c r="{at}" s="{value.style}"><v>{value.value}</v></c>'
    if isinstance(value, Formula):
        return formula(at, value)
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        return moment(at, value)
    if isinstance(value, int | float):
        return f'<c r="{at}"><v>{value}</v></c>'
    texts.append(f"<si><t>{escape(value)}</t></si>")
    return f'<c r="{at}" t="s"><v>{len(texts) - 1}</v></c>'


def formula(at, value):
    kind = ' t="str"' if isinstance(value.result, str) else ""
    result = "" if value.result is None else f"<v>{value.result}</v>"
    return f'<c r="{at}"{kind}><f>{escape(value.text)}</f>{result}</c>'


def moment(at, value):
    has_time = isinstance(value, datetime)
    when = value if has_time else datetime(value.year, value.month, value.day)
    days = (when - EPOCH).total_seconds() / 86_400
    return f'<c r="{at}" s="{MOMENT if has_time else DATE}"><v>{days}</v></c>'
