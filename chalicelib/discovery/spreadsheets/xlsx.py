"""A workbook's sheets, read as a stream: values, never formulas; nothing of it is run.

In: bytes that are a zip. Out: `RawFile`. Callers: `reading`. The surprise: positions in a workbook are claims; a cell may
say it stands in column XFD of row 1,048,576, so rows are kept as they come and never laid out as a grid.
"""

from __future__ import annotations

import posixpath

from chalicelib.discovery.spreadsheets.archive import Archive
from chalicelib.discovery.spreadsheets.cells import RawFile, RawSheet
from chalicelib.discovery.spreadsheets.limits import LINES_MAX, SHEETS_MAX, TEXTS_MAX
from chalicelib.discovery.spreadsheets.styles import Look, Styles
from chalicelib.discovery.spreadsheets.unreadable import Unreadable
from chalicelib.discovery.spreadsheets.worksheet import Budget, Known, Worksheet
from chalicelib.discovery.spreadsheets.xml_parts import Attributes, attribute, walk

WORKBOOK = "xl/workbook.xml"
MACROS = "xl/vbaProject.bin"


def read_workbook(archive: Archive) -> RawFile:
    book = Book()
    walk(archive.chunks(WORKBOOK), book)
    if len(book.sheets) > SHEETS_MAX:
        raise Unreadable("too_many_sheets", count=len(book.sheets), limit=SHEETS_MAX)
    targets = Relations()
    walk(archive.chunks("xl/_rels/workbook.xml.rels"), targets)
    known = Known(_texts(archive, targets), _looks(archive, targets), book.counts_from_1904)
    file = RawFile("xlsx", [], has_macros=MACROS in archive.names)
    budget = Budget(LINES_MAX)
    for name, relation, is_hidden in book.sheets:
        part = targets.sheets.get(relation)
        if part is None or part not in archive.names:
            file.others.append(name)
            continue
        sheet = RawSheet(name, is_hidden=is_hidden)
        walk(archive.chunks(part), Worksheet(sheet, known, budget))
        file.sheets.append(sheet)
    return file


def _texts(archive: Archive, targets: Relations) -> list[str]:
    texts = Texts()
    if targets.texts in archive.names:
        walk(archive.chunks(targets.texts), texts)
    return texts.all


def _looks(archive: Archive, targets: Relations) -> list[Look]:
    styles = Styles()
    if targets.styles in archive.names:
        walk(archive.chunks(targets.styles), styles)
    return styles.looks


class Book:
    """Walks `workbook.xml`: names of the sheets in their order."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.counts_from_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            is_hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), attribute(attributes, "id"), is_hidden))
        elif name == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904", "") in ("1", "true", "on")

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None: ...


class Relations:
    """Walks `workbook.xml.rels`: which part is what."""

    def __init__(self) -> None:
        self.sheets: dict[str, str] = {}
        self.texts = self.styles = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        kind = attributes.get("Type", "").rpartition("/")[2]
        part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        if kind == "worksheet":
            self.sheets[attributes.get("Id", "")] = part
        elif kind == "sharedStrings":
            self.texts = part
        elif kind == "styles":
            self.styles = part

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None: ...


class Texts:
    """Walks `sharedStrings.xml`. A text may come in several runs; its pronunciation is left out."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._runs: list[str] = []
        self._in_text = self._in_sound = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._runs = []
        elif name == "rPh":
            self._in_sound = True
        elif name == "t":
            self._in_text = not self._in_sound

    def text(self, text: str) -> None:
        if self._in_text:
            self._runs.append(text)

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_sound = False
        elif name == "si":
            if len(self.all) >= TEXTS_MAX:
                raise Unreadable("too_many_texts", limit=TEXTS_MAX)
            self.all.append("".join(self._runs))
